import { createConnection } from 'node:net';
import { join } from 'node:path';
import { raceAbort, VmError } from '@vmrs/core/driver';

const REASONS = { off: 'guest', panic: 'panic', quit: 'host' };

export function machineOf(vmm, connection, socket, { notify }) {
  let reason = null;
  let gone = false;
  connection.onEvent((event) => {
    if (event in REASONS) reason = REASONS[event];
    if (event === 'panic') notify({ type: 'panicked', detail: 'golden guest' });
    else if (['paused', 'resumed', 'reset'].includes(event)) notify({ type: event });
  });
  const exited = (async () => {
    const { code, signal, known } = await vmm.exited;
    await connection.closed;
    gone = true;
    return { reason: reason ?? (known ? 'host' : 'unknown'), code, signal };
  })();
  return {
    process: vmm.identity,
    exited,
    async state(options = {}) {
      if (gone) return 'stopped';
      try {
        return await connection.ask('state', options);
      } catch (cause) {
        options.signal?.throwIfAborted();
        throw new VmError('STATE_FAILED', { driver: 'golden', detail: 'no answer', details: {}, cause });
      }
    },
    async requestStop(options) {
      await connection.ask('button', options);
    },
    async terminate(options) {
      const { isOpen } = connection;
      try {
        await connection.ask('quit', options);
      } catch (error) {
        options?.signal?.throwIfAborted();
        if (!isOpen || connection.isOpen) throw error;
      }
    },
    async pause(options) {
      await connection.ask('pause', options);
    },
    async resume(options) {
      await connection.ask('resume', options);
    },
    async snapshot(directory, options) {
      await connection.ask(`save ${join(directory, 'guest.json')}`, options);
      return { file: 'guest.json' };
    },
    async vsock(port, { signal } = {}) {
      const stream = createConnection(socket);
      const answered = Promise.withResolvers();
      stream.once('data', (line) => (String(line) === 'ok\n' ? answered.resolve() : answered.reject(refused(port))));
      stream.once('error', answered.reject);
      stream.once('close', () => answered.reject(refused(port)));
      stream.write(`vsock ${port}\n`);
      try {
        await raceAbort(answered.promise, signal);
        return stream;
      } catch (error) {
        stream.destroy();
        throw error;
      }
    },
    async operate(_name, args) {
      return { args };
    },
    async kill() {
      await vmm.kill();
      await exited;
    },
    async detach() {
      connection.close();
      vmm.release();
    },
  };
}

function refused(port) {
  const detail = `nobody answers at port ${port}`;
  return new VmError('HYPERVISOR', { driver: 'golden', detail, details: { operation: 'vsock' } });
}
