import type { GuestArch } from '../util/architecture.ts';

/** Kernel parameters for the guest. Nothing here is needed: they make its words visible and its boot short. */
export interface BootParameters {
  /** The serial console of this architecture's usual machine: `console=ttyS0` or `console=ttyAMA0`. */
  readonly console: string;
  /**
   * Parameters that shorten the boot of any guest. `loglevel=1`, not 0: with 0 the kernel would keep silent even when
   * it panics.
   */
  readonly fast: readonly string[];
  /** Further ones for guests with one CPU: they skip a calibration of 100 to 200 ms. */
  readonly fastSingleCpu: readonly string[];
}

/** The parameters that suit the kernels of this package. */
export function bootParameters(arch: GuestArch): BootParameters {
  const fast = ['quiet', 'loglevel=1', 'cryptomgr.notests'];
  switch (arch) {
    case 'x86_64':
      return { console: 'console=ttyS0', fast: [...fast, 'no_timer_check'], fastSingleCpu: ['nolapic_timer'] };
    case 'aarch64':
      return { console: 'console=ttyAMA0', fast, fastSingleCpu: [] };
  }
}
