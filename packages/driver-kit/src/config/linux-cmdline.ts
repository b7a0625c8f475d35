import type { BootSpec } from '@vmrs/core/driver';

/** What the default kernel command line depends on besides the VM. */
export interface LinuxCmdlineFacts {
  /** The device that is logged, such as `ttyS0`. */
  readonly console: string;
  /** Whether the root disk holds a file system without a partition table; null where that cannot be seen. */
  readonly rootIsWholeDisk: boolean | null;
}

/**
 * The kernel command line where the caller gives none, for guests whose disks and shares are virtio devices: the reference's (`console=ttyS0`, and with a root disk `root=/dev/vda1 rw ds=nocloud`) with the console of the
 * hypervisor, a root disk without partitions, and a seed told by its presence. Pure.
 *
 * - `quiet` and `cryptomgr.notests` save a fifth of a boot; errors and panics are still printed.
 * - `panic=-1`: a guest without a panic notifier reboots at once instead of hanging, and its last words are seen then.
 * - `vmrs.mount` is understood by the init of `@vmrs/guest`; others ignore it and mount by tag.
 */
export function linuxCmdline(
  spec: Pick<BootSpec, 'rootDisk' | 'seedIso' | 'sharedDirs'>,
  { console, rootIsWholeDisk }: LinuxCmdlineFacts,
): string {
  return [
    `console=${console}`,
    'panic=-1',
    'quiet',
    'cryptomgr.notests',
    ...(spec.rootDisk === null ? [] : [`root=/dev/vda${rootIsWholeDisk === true ? '' : '1'}`, 'rw']),
    ...(spec.seedIso === null ? [] : ['ds=nocloud']),
    ...spec.sharedDirs.map(({ tag, readOnly }) => `vmrs.mount=${tag}:/mnt/${tag}:virtiofs${readOnly ? ':ro' : ''}`),
  ].join(' ');
}
