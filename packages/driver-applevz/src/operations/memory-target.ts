import type { AbortOptions, JsonObject } from '@vmrs/core/driver';
import { checkedArguments, refusedArguments, whole } from '@vmrs/driver-kit';
import * as v from 'valibot';
import type { MachineParts } from '../machine-parts.ts';
import { called } from './called.ts';

const MIB = 1024 * 1024;

/** Asks the guest to make do with `memoryMb`, by the balloon; up to the memory of its configuration. What the guest does is the guest's. */
export async function setMemoryTarget(
  { link, spec }: MachineParts,
  args: JsonObject,
  options: AbortOptions,
): Promise<JsonObject> {
  const operation = called('set-memory-target', spec.name);
  const { memoryMb } = checkedArguments(v.strictObject({ memoryMb: whole(1) }), args, operation);
  if (memoryMb > spec.memoryMb) {
    const message = `must be at most the memory of the VM, ${spec.memoryMb}, got ${memoryMb}`;
    throw refusedArguments(operation, [{ path: 'memoryMb', message }]);
  }
  await link.call('set-memory-target', { bytes: memoryMb * MIB }, options);
  return {};
}
