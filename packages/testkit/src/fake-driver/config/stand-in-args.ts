import { join } from 'node:path';
import type { BootSpec, JsonObject, VmPaths } from '@vmrs/core/driver';

/** The sockets of one VM. */
export interface Sockets {
  readonly control: string;
  /** Null when the guest has no vsock device. */
  readonly vsock: string | null;
}

/** Where the sockets of a new VM go. Core removes the runtime directory with everything in it. */
export function socketsOf(paths: VmPaths, spec: BootSpec): Sockets {
  return {
    control: join(paths.runtimeDir, 'control.sock'),
    vsock: spec.vsock ? join(paths.runtimeDir, 'vsock.sock') : null,
  };
}

/** What `adopt` needs to know: plain data for `remember`. */
export function toControl({ control, vsock }: Sockets): JsonObject {
  return { control, vsock };
}

/** {@link toControl} back. Null when it is not what this driver remembers. */
export function fromControl({ control, vsock }: JsonObject): Sockets | null {
  return typeof control === 'string' && (vsock === null || typeof vsock === 'string') ? { control, vsock } : null;
}

/** The stand-in VMM's command line for `spec`. */
export function standInArgs(spec: BootSpec, sockets: Sockets, restoreFrom: string | null): readonly string[] {
  const disks = [spec.rootDisk, spec.dataDisk, spec.seedIso, spec.initramfs].filter((path) => path !== null);
  return [
    ...['--control', sockets.control, '--serial', spec.serialLog, '--kernel', spec.kernel ?? ''],
    ...(sockets.vsock === null ? [] : ['--vsock', sockets.vsock]),
    ...(restoreFrom === null ? [] : ['--restore', restoreFrom]),
    ...disks.flatMap((path) => ['--disk', path]),
  ];
}
