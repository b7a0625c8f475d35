import { createConnection } from 'node:net';
import { createInterface } from 'node:readline';
import { deferred, errnoOf, linkAborts, raceAbort, VmError } from '@vmrs/core/driver';

/** Connects to the VMM's socket, once. */
export async function connect(path, signal) {
  const socket = createConnection(path);
  const closed = deferred();
  const connected = deferred();
  const waiting = [];
  const listeners = new Set();
  socket.once('connect', () => connected.resolve());
  socket.on('error', (error) => connected.reject(error));
  socket.once('close', () => {
    connected.reject(ended());
    for (const { reject } of waiting.splice(0)) reject(ended());
    closed.resolve();
  });
  createInterface({ input: socket })
    .on('error', () => undefined)
    .on('line', (line) => {
      const [head, ...words] = line.split(' ');
      if (head === '!') for (const listener of listeners) listener(words.join(' '));
      else if (head === 'ok') waiting.shift()?.resolve(words.join(' '));
      else waiting.shift()?.reject(refused(words.join(' ')));
    });
  try {
    await raceAbort(connected.promise, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return {
    closed: closed.promise,
    get isOpen() {
      return !socket.destroyed;
    },
    onEvent: (listener) => listeners.add(listener),
    close: () => socket.destroy(),
    async ask(words, { signal: given } = {}) {
      given?.throwIfAborted();
      if (socket.destroyed) throw ended();
      const answer = deferred();
      answer.promise.catch(() => undefined);
      waiting.push(answer);
      socket.write(`${words}\n`);
      return raceAbort(answer.promise, given);
    },
  };
}

/** Connects to the socket of a VMM that was just started. */
export async function connectWhenListening(path, vmm, clock, signal) {
  const bound = linkAborts(signal);
  void vmm.exited.then(({ code, signal: by }) => {
    const detail = `the VMM ended with ${by ?? `code ${code}`} before it could be asked`;
    bound.abort(new VmError('HYPERVISOR', { driver: 'golden', detail, details: { operation: 'start' } }));
  });
  try {
    for (;;) {
      bound.signal.throwIfAborted();
      try {
        return await connect(path, bound.signal);
      } catch (error) {
        if (!['ENOENT', 'ECONNREFUSED'].includes(errnoOf(error))) throw error;
      }
      await clock.sleep(10, bound.signal);
    }
  } finally {
    bound.dispose();
  }
}

function ended() {
  return new VmError('HYPERVISOR', {
    driver: 'golden',
    detail: 'the connection to the VMM has ended',
    details: { operation: 'ask' },
  });
}

function refused(native) {
  const details = { operation: 'ask', native };
  return new VmError('HYPERVISOR', { driver: 'golden', detail: `the VMM refused: ${native}`, details });
}
