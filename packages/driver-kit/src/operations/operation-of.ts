import type { AbortOptions, JsonObject } from '@vmrs/core/driver';
import { unsupported } from '../errors.ts';

/** One thing that a hypervisor can do beyond the contract, on a machine that is made of `Parts`. */
export type Operation<Parts> = (parts: Parts, args: JsonObject, options: AbortOptions) => Promise<JsonObject>;

/** Whose operations they are, for the words of errors. */
export interface OperationsOf {
  readonly driver: string;
  /** What the hypervisor is called, such as `Cloud Hypervisor`. */
  readonly hypervisor: string;
  readonly vm: string;
}

/** Finds the operation of that name. Throws `UNSUPPORTED`, with all that there are, for one that there is not. */
export function operationOf<Parts>(
  operations: Readonly<Record<string, Operation<Parts>>>,
  name: string,
  { driver, hypervisor, vm }: OperationsOf,
): Operation<Parts> {
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation !== undefined) return operation;
  const known = `there are ${Object.keys(operations).join(', ')}`;
  throw unsupported(driver, vm, 'operations', name, `'${name}' is no operation of ${hypervisor}; ${known}`);
}
