import type { BootSpec } from '@vmrs/core/driver';

/**
 * The arguments with which the hypervisor is started for a VM. `spec` is complete and checked: every path is absolute and exists.
 *
 * TODO(acmevisor): these are the stand-in's. Arguments stay a list; nothing here ever goes through a shell.
 */
export function commandLine(spec: BootSpec, controlSocket: string): readonly string[] {
  const disks = [spec.initramfs, spec.rootDisk, spec.dataDisk, spec.seedIso].filter((path) => path !== null);
  return [
    ...['--control', controlSocket],
    // The guest's console is appended to this file: core reads there that the guest is ready.
    ...['--serial', spec.serialLog],
    ...['--kernel', spec.kernel ?? ''],
    ...disks.flatMap((path) => ['--disk', path]),
  ];
}
