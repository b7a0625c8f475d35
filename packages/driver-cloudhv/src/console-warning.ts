/** The consoles that become lines of the console log, by architecture. */
const CONSOLES = { x64: 'ttyS0', arm64: 'ttyAMA0' } as const;

/**
 * What is to be said about a caller's own kernel command line: without the console that is logged, nothing of the guest is ever seen, its readiness marker included. Null when there is nothing
 * to say. Not a refusal: a guest may open the device by itself. Pure.
 */
export function consoleWarning(cmdline: string | null, arch: string): string | null {
  const console = arch === 'arm64' ? CONSOLES.arm64 : CONSOLES.x64;
  if (cmdline === null || cmdline.split(/\s+/).some((word) => word.startsWith(`console=${console}`))) return null;
  return `the kernel command line has no console=${console}: nothing that the kernel says is logged, and the guest may never be seen to be ready`;
}
