import type { VmDriver } from '@vmrs/core/driver';
import { standInProgram } from '@vmrs/testkit/stand-in';
import { createDriver } from '../src/index.ts';

/**
 * The driver that the suite checks; other processes import it from here, too.
 *
 * TODO(acmevisor): `createDriver()`, where the hypervisor itself is to be had.
 */
export function driverUnderTest(): VmDriver {
  return createDriver({ command: [process.execPath, standInProgram()] });
}
