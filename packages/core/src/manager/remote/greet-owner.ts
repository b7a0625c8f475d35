import { createConnection, type Socket } from 'node:net';
import { VmError } from '../../errors/index.ts';
import { onAbort } from '../../util/abort.ts';
import { deferred } from '../../util/deferred.ts';
import { LineSocket } from './line-socket.ts';
import { ownerMessage } from './parse-message.ts';
import { PROTOCOL_VERSION, type Speaker, type Welcome } from './protocol.ts';

/** A connection to the holder of a VM, on which nothing was asked yet. */
export interface Greeting {
  readonly socket: Socket;
  readonly welcome: Welcome;
}

/** Thrown when a holder takes the connection and says nothing. */
export class SilentOwner extends Error {}

/**
 * Connects to the holder of the VM called `vm` and waits until it lets us in. Throws the system's error when nobody listens, another error when it
 * hangs up, {@link SilentOwner} after `timeoutMs` milliseconds, `UNSUPPORTED` when it speaks another version, and the signal's reason.
 */
export async function greetOwner(
  path: string,
  vm: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Greeting> {
  const socket = createConnection(path);
  const answer = deferred<Welcome>();
  const lines = new LineSocket(socket, {
    onMessage: (value) => {
      const message = ownerMessage(value);
      if (message !== null && 'welcome' in message) {
        // What comes after it is for whoever is given the connection.
        lines.handOver();
        answer.resolve(message.welcome);
      } else if (message !== null && 'refused' in message) answer.reject(otherVersion(vm, message.refused));
      else answer.reject(new Error('it said something that is no welcome'));
    },
    onClosed: (fault) => answer.reject(fault ?? new Error('it hung up')),
  });
  const silence = setTimeout(() => answer.reject(new SilentOwner('it says nothing')), timeoutMs);
  const forget = onAbort(signal, answer.reject);
  try {
    lines.send({ hello: { protocol: PROTOCOL_VERSION, pid: process.pid } satisfies Speaker });
    return { socket, welcome: await answer.promise };
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(silence);
    forget();
  }
}

function otherVersion(vm: string, { protocol, pid }: Speaker): VmError<'UNSUPPORTED'> {
  const message = `process ${pid} holds it and speaks version ${protocol} of the protocol between controllers, this one version ${PROTOCOL_VERSION}`;
  return new VmError('UNSUPPORTED', {
    vm,
    detail: `'${vm}': ${message}; use the same version of @vmrs/core in both, or end that process`,
    details: { capabilities: [], problems: [{ path: '', message }] },
  });
}
