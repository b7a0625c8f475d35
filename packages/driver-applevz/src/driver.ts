import type { VmDriver } from '@vmrs/core/driver';

/** To be written. */
export function createDriver(): VmDriver {
  throw new Error('not written yet');
}
