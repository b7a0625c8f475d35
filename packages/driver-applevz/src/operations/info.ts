import type { AbortOptions, JsonObject } from '@vmrs/core/driver';
import { noArguments } from '@vmrs/driver-kit';
import type { MachineParts } from '../machine-parts.ts';
import { called } from './called.ts';

/** What is known of the machine: the framework's own word for its state, its identifier, its addresses, its host. */
export async function info(
  { link, spec, control }: MachineParts,
  args: JsonObject,
  options: AbortOptions,
): Promise<JsonObject> {
  noArguments(args, called('info', spec.name));
  const { state } = await link.call('state', {}, options);
  const { machineId, macs, executable } = control;
  return { state, machineId, macs: [...macs], host: { pid: link.hello.pid, executable } };
}
