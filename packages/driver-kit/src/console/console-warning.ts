/**
 * What is to be said about a caller's own kernel command line: without the console that is logged, such as `ttyS0`, nothing of the guest is ever seen, its readiness marker included. Null when there is nothing
 * to say. Not a refusal: a guest may open the device by itself. Pure.
 */
export function consoleWarning(cmdline: string | null, console: string): string | null {
  if (cmdline === null || cmdline.split(/\s+/).some((word) => word.startsWith(`console=${console}`))) return null;
  return `the kernel command line has no console=${console}: nothing that the kernel says is logged, and the guest may never be seen to be ready`;
}
