/**
 * The identity of one process, as plain data. A pid alone is never enough: pids are reused, and start times
 * repeat after a reboot of the host.
 */
export interface ProcessIdentityShape {
  readonly pid: number;
  /** Linux: clock ticks since boot (field 22 of `/proc/<pid>/stat`). macOS: microseconds since 1970. As text. */
  readonly startTime: string;
  /** Linux: `/proc/sys/kernel/random/boot_id`. macOS: `kern.bootsessionuuid`. */
  readonly bootId: string;
  /** Linux: the inode of the pid namespace in which `pid` counts; elsewhere empty. */
  readonly pidNamespace: string;
}
