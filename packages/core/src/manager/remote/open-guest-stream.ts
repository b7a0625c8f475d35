import type { Duplex } from 'node:stream';
import { onAbort } from '../../util/abort.ts';
import { deferred } from '../../util/deferred.ts';
import { greetOwner } from './greet-owner.ts';
import { LineSocket } from './line-socket.ts';
import { ANSWER_MS } from './owner-calls.ts';
import { ownerMessage } from './parse-message.ts';
import { fromWire } from './wire-error.ts';

/**
 * A connection to a vsock port of the guest through the VM's holder: one of its own, which becomes the guest's. Throws what {@link greetOwner} throws and
 * what the holder answers.
 */
export async function openGuestStream(path: string, vm: string, port: number, signal: AbortSignal): Promise<Duplex> {
  const { socket } = await greetOwner(path, vm, ANSWER_MS, signal);
  const stream = deferred<Duplex>();
  const lines = new LineSocket(socket, {
    onMessage: (value) => {
      const message = ownerMessage(value);
      // The next byte may be the guest's already.
      if (message !== null && 'ok' in message) stream.resolve(lines.handOver());
      else if (message === null) lines.hangUp();
      else if ('error' in message) {
        stream.reject(fromWire(message.error));
        lines.hangUp();
      }
    },
    onClosed: (fault) => stream.reject(fault ?? new Error('the holder hung up')),
  });
  const forget = onAbort(signal, (reason) => {
    stream.reject(reason);
    lines.hangUp();
  });
  try {
    lines.send({ id: 1, call: { do: 'vsock', port } });
    return await stream.promise;
  } finally {
    forget();
  }
}
