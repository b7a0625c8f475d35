import type { VmDriver } from '../contract/index.ts';
import { checkContract, checkDriver, driverLoad } from './check-driver.ts';
import type { DriverDescriptor } from './discover.ts';
import { propertyOf, readContract } from './manifest.ts';

/**
 * Runs a driver package's entry and takes its driver. The contract in the manifest is checked before anything is run.
 * Throws `CONTRACT_MISMATCH`, `DRIVER_LOAD` (with what the package threw as `cause`).
 */
export async function loadDriver({ manifest, entry }: DriverDescriptor): Promise<VmDriver> {
  checkContract(manifest.id, manifest.contract);
  const driver = checkDriver(await create(manifest.id, entry), entry);
  if (driver.id !== manifest.id)
    throw driverLoad(manifest.id, entry, `it calls itself '${driver.id}'; id and manifest must agree`);
  const own = readContract(driver.contract);
  if (own?.major !== manifest.contract.major || own.minor !== manifest.contract.minor) {
    throw driverLoad(manifest.id, entry, 'its contract differs from the one in its manifest');
  }
  return driver;
}

async function create(id: string, entry: string): Promise<unknown> {
  try {
    const module: unknown = await import(entry);
    const createDriver = propertyOf(module, 'createDriver');
    if (typeof createDriver === 'function') return await createDriver();
  } catch (error) {
    throw driverLoad(id, entry, error instanceof Error ? error.message : String(error), error);
  }
  throw driverLoad(id, entry, 'it exports no function createDriver');
}
