import { stat } from 'node:fs/promises';
import { type AbortOptions, ignoreErrno, type JsonObject, type JsonValue } from '@vmrs/core/driver';
import { absolutePath, checkedArguments, noArguments, refusedArguments } from '@vmrs/driver-kit';
import * as v from 'valibot';
import { hypervisorError } from '../errors.ts';
import type { MachineParts } from '../machine-parts.ts';
import { called } from './called.ts';

/** What Cloud Hypervisor tells of the VM: state, configuration, devices and their addresses. In its own words and keys. */
export async function info({ api, spec }: MachineParts, args: JsonObject, options: AbortOptions): Promise<JsonObject> {
  noArguments(args, called('info', spec.name));
  return object('vm.info', await api.get('vm.info', options));
}

/** The counters of each device: bytes, packets, operations, latencies. Those that have counted nothing yet are left out where they say so by the largest of numbers. */
export async function counters(
  { api, spec }: MachineParts,
  args: JsonObject,
  options: AbortOptions,
): Promise<JsonObject> {
  noArguments(args, called('counters', spec.name));
  const devices = object('vm.counters', await api.get('vm.counters', options));
  return Object.fromEntries(Object.entries(devices).map(([id, values]) => [id, counted(values)]));
}

/** Writes the guest's memory and registers to a new file as an ELF core. Only builds with `guest_debug` can. As long as it takes. */
export async function coreDump(
  { api, spec }: MachineParts,
  args: JsonObject,
  options: AbortOptions,
): Promise<JsonObject> {
  const shape = v.strictObject({ path: absolutePath() });
  const { path } = checkedArguments(shape, args, called('core-dump', spec.name));
  if ((await ignoreErrno(stat(path), 'ENOENT', 'ENOTDIR')) !== undefined) {
    throw refusedArguments(called('core-dump', spec.name), [{ path: 'path', message: `'${path}' exists already` }]);
  }
  await api.put('vm.coredump', { destination_url: `file://${path}` }, { ...options, deadlineMs: null });
  return {};
}

function counted(values: JsonValue | undefined): JsonObject {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) return {};
  return Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isSafeInteger(value)));
}

function object(endpoint: string, answer: unknown): JsonObject {
  if (typeof answer === 'object' && answer !== null && !Array.isArray(answer)) return answer as JsonObject;
  throw hypervisorError(endpoint, `Cloud Hypervisor's answer to '${endpoint}' is not an object`);
}
