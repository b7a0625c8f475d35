import type { AbortOptions, JsonObject } from '@vmrs/core/driver';
import { checkedArguments, whole } from '@vmrs/driver-kit';
import * as v from 'valibot';
import { unsupported } from '../errors.ts';
import type { MachineParts } from '../machine-parts.ts';
import { guestVsockSocket, hostSockets } from '../sockets.ts';
import { called } from './called.ts';

const MAX_PORT = 0xffff_ffff;

/**
 * Lets programs of the guest connect to vsock `port` of the host: each connection is passed on to the unix socket in the answer's `path`, at which the caller listens. One that
 * comes while nobody does is closed. Holds until `unlisten-vsock` or the end of the VM, with or without this controller.
 */
export async function listenVsock(parts: MachineParts, args: JsonObject, options: AbortOptions): Promise<JsonObject> {
  const port = checkedPort(parts, 'listen-vsock', args);
  await parts.link.call('listen-vsock', { port }, options);
  return { path: guestVsockSocket(hostSockets(parts.context.paths), port) };
}

/** Refuses connections to `port` again. */
export async function unlistenVsock(parts: MachineParts, args: JsonObject, options: AbortOptions): Promise<JsonObject> {
  const port = checkedPort(parts, 'unlisten-vsock', args);
  await parts.link.call('unlisten-vsock', { port }, options);
  return {};
}

function checkedPort({ spec }: MachineParts, operation: string, args: JsonObject): number {
  if (!spec.vsock) {
    throw unsupported(spec.name, operation, 'vsock', 'it was started without vsock; set vsock in its configuration');
  }
  const port = v.pipe(whole(0), v.maxValue(MAX_PORT, `must be at most ${MAX_PORT}`));
  return checkedArguments(v.strictObject({ port }), args, called(operation, spec.name)).port;
}
