import { GuestError } from '../errors/guest-error.ts';

/** Architecture of a guest, in the names that the Linux kernel and QEMU use. */
export type GuestArch = 'x86_64' | 'aarch64';

/** Architecture in Debian's names. */
export type DebianArch = 'amd64' | 'arm64';

/** The guest architecture that needs no emulation on this host. Throws `UNSUPPORTED` on a host that is neither. */
export function hostArch(nodeArch: string = process.arch): GuestArch {
  switch (nodeArch) {
    case 'x64':
      return 'x86_64';
    case 'arm64':
      return 'aarch64';
    default:
      throw new GuestError(
        'UNSUPPORTED',
        `this host is ${nodeArch}: name the guest's architecture in the option "arch"`,
      );
  }
}

/** Debian's name of an architecture. */
export function debianArch(arch: GuestArch): DebianArch {
  return arch === 'x86_64' ? 'amd64' : 'arm64';
}
