import type { AbortOptions, JsonObject } from '@vmrs/core/driver';
import { checkedArguments, refusedArguments, whole, words } from '@vmrs/driver-kit';
import * as v from 'valibot';
import type { MachineParts } from '../machine-parts.ts';
import { called } from './called.ts';

const MIB = 1024 * 1024;

/**
 * Resizes the running VM: `cpus` up to its `maxCpus`, `memoryMb` up to its `maxMemoryMb`, `balloonMb` of its balloon; any of them. What the guest does with it is the guest's:
 * accepted does not mean done.
 */
export async function resize(
  { api, spec }: MachineParts,
  args: JsonObject,
  options: AbortOptions,
): Promise<JsonObject> {
  const size = v.optional(whole(0));
  const shape = v.strictObject({ cpus: v.optional(whole(1)), memoryMb: size, balloonMb: size });
  const { cpus, memoryMb, balloonMb } = checkedArguments(shape, args, called('resize', spec.name));
  if (cpus === undefined && memoryMb === undefined && balloonMb === undefined)
    throw refusedArguments(called('resize', spec.name), [{ path: '', message: 'give cpus, memoryMb or balloonMb' }]);
  const body = {
    ...(cpus === undefined ? {} : { desired_vcpus: cpus }),
    ...(memoryMb === undefined ? {} : { desired_ram: memoryMb * MIB }),
    ...(balloonMb === undefined ? {} : { desired_balloon: balloonMb * MIB }),
  };
  await api.put('vm.resize', body, options);
  return {};
}

/** Grows a raw disk of the VM, by its id; the guest is told. */
export async function resizeDisk(
  { api, spec }: MachineParts,
  args: JsonObject,
  options: AbortOptions,
): Promise<JsonObject> {
  const shape = v.strictObject({ id: words(), sizeMb: whole(1) });
  const { id, sizeMb } = checkedArguments(shape, args, called('resize-disk', spec.name));
  await api.put('vm.resize-disk', { id, desired_size: sizeMb * MIB }, options);
  return {};
}
