import { debianArch, type GuestArch } from '../util/architecture.ts';
import { anySource } from './any-source.ts';
import { aptSource } from './apt-source.ts';
import { type MirrorOptions, mirrorSource } from './mirror-source.ts';
import type { PackageSource } from './package-source.ts';

/** Where kernel and busybox packages come from. */
export interface PackageOptions extends MirrorOptions {
  /**
   * `apt`: this host's apt only. `mirror`: a Debian mirror over https only. `auto` (default): apt where it serves the
   * guest's architecture, else the mirror.
   */
  readonly from?: 'auto' | 'apt' | 'mirror' | undefined;
}

/** The source that the options ask for. Throws `INVALID_INPUT`. */
export function packageSource(arch: GuestArch, options: PackageOptions = {}): PackageSource {
  const from = options.from ?? 'auto';
  const apt = () => aptSource(debianArch(arch));
  const mirror = () => mirrorSource(debianArch(arch), options);
  switch (from) {
    case 'apt':
      return apt();
    case 'mirror':
      return mirror();
    case 'auto':
      return process.platform === 'linux' ? anySource([apt(), mirror()]) : mirror();
  }
}
