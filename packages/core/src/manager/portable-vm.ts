import type { Capability } from '../contract/index.ts';
import type { Able, OptionalOperations } from './able.ts';
import type { Vm } from './vm.ts';

/**
 * A {@link Vm} seen so that whatever not every driver can do does not compile until it was asked for: `if (vm.can('snapshot')) await vm.snapshot(directory)`. Every `Vm` is one. For
 * code that has to work with any driver.
 */
export interface PortableVm extends Omit<Vm, keyof OptionalOperations | 'can'> {
  /** Whether the driver can do it. */
  can<C extends Capability>(capability: C): this is this & Able<C>;
}
