import { CONTRACT_VERSION, contractMatches, formatContract, type VmDriver } from '../contract/index.ts';
import { VmError } from '../errors/index.ts';
import { readContract, showContract } from './manifest.ts';

const METHODS = ['probe', 'validate', 'boot', 'adopt'] as const;

/** `value` as a driver of a contract that this core speaks. Throws `CONTRACT_MISMATCH`, or `DRIVER_LOAD` for what is no driver. */
export function checkDriver(value: unknown, entry: string): VmDriver {
  if (typeof value !== 'object' || value === null) throw driverLoad('(no id)', entry, 'what it gives is no driver');
  const id: unknown = Reflect.get(value, 'id');
  if (typeof id !== 'string') throw driverLoad('(no id)', entry, 'what it gives is no driver: it has no id');
  checkContract(id, Reflect.get(value, 'contract'));
  const missing = METHODS.filter((method) => typeof Reflect.get(value, method) !== 'function');
  if (typeof Reflect.get(value, 'capabilities') !== 'object')
    throw driverLoad(id, entry, 'it declares no capabilities');
  if (missing.length > 0) throw driverLoad(id, entry, `it lacks ${missing.join(', ')}`);
  return value as VmDriver;
}

/** Refuses a contract that this core does not speak. Throws `CONTRACT_MISMATCH`. */
export function checkContract(driver: string, contract: unknown): void {
  const version = readContract(contract);
  if (version !== null && contractMatches(version)) return;
  const theirs = showContract(contract);
  const ours = formatContract(CONTRACT_VERSION);
  const older = version !== null && version.major < CONTRACT_VERSION.major;
  const advice = older ? `upgrade the driver '${driver}'` : 'upgrade @vmrs/core';
  throw new VmError('CONTRACT_MISMATCH', {
    driver,
    detail: `driver '${driver}' was written for contract ${theirs}, this core speaks ${ours}; ${advice}`,
    details: { driver, driverContract: theirs, coreContract: ours },
  });
}

/** A `DRIVER_LOAD`. */
export function driverLoad(driver: string, entry: string, why: string, cause?: unknown): VmError<'DRIVER_LOAD'> {
  return new VmError('DRIVER_LOAD', {
    driver,
    detail: `'${driver}' from ${entry}: ${why}`,
    details: { driver, entry },
    cause,
  });
}
