import type { Called } from '@vmrs/driver-kit';
import { DRIVER } from '../errors.ts';

/** An operation of this driver that is called. */
export function called(operation: string, vm: string): Called {
  return { driver: DRIVER, vm, operation };
}
