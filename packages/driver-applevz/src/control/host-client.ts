import type { Clock } from '@vmrs/core/driver';
import { deferred, linkAborts, raceAbort } from '@vmrs/core/driver';
import { connectOnce, connectWhenListening, messageOf } from '@vmrs/driver-kit';
import { HostConnection } from './host-connection.ts';
import { hostUnreachable } from './operation-error.ts';
import type { HostEvent, HostLink } from './protocol.ts';

/** How long a host that accepts connections may take to say who it is: one that is only slow is quicker, one that hangs is given up. */
const HELLO_MS = 30_000;

/** What a connection to a host needs to know. */
export interface HostContext {
  /** Name of the VM, for messages. */
  readonly vm: string;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The host is an older one: that nobody listens on its socket is an error. Default false: it has just been started, and its socket is waited for. */
  readonly established?: boolean;
}

/**
 * Connects to the host process behind `socketPath`. `onEvent` is told what happens, in order, from before this resolves. Keeps the process alive only while a call is under
 * way. Throws `HYPERVISOR` for a host that cannot be reached, is none, or speaks another version of the protocol; the signal's reason when that is aborted.
 */
export async function connectHost(
  socketPath: string,
  context: HostContext,
  onEvent: (event: HostEvent) => void,
): Promise<HostLink> {
  const { vm, clock } = context;
  const socket = await reach(socketPath, context);
  const bound = linkAborts(context.signal);
  const greeted = deferred<HostConnection>();
  const connection = new HostConnection(socket, { vm, onEvent, onHello: () => greeted.resolve(connection) });
  const refused = connection.closed.then(() => Promise.reject(connection.whyClosed('hello')));
  void clock.sleep(HELLO_MS, bound.signal).then(
    () => bound.abort(hostUnreachable('hello', `the host process of '${vm}' did not say hello in time`, vm)),
    () => undefined, // It was said, or the attempt is over.
  );
  try {
    return await raceAbort(Promise.race([greeted.promise, refused]), bound.signal);
  } catch (error) {
    connection.close();
    throw error;
  } finally {
    bound.abort(undefined);
    bound.dispose();
    refused.catch(() => undefined); // Of a connection that was good, the end is no failure of this.
  }
}

async function reach(
  socketPath: string,
  { vm, signal, established }: HostContext,
): ReturnType<typeof connectWhenListening> {
  try {
    return await (established === true ? connectOnce(socketPath, signal) : connectWhenListening(socketPath, signal));
  } catch (error) {
    signal.throwIfAborted();
    const detail = `the host process of '${vm}' cannot be reached over ${socketPath}: ${messageOf(error)}`;
    throw hostUnreachable('connect', detail, vm, error);
  }
}
