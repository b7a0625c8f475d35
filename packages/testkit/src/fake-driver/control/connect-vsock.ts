import { createConnection, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type AbortOptions, type Deferred, deferred, raceAbort, VmError } from '@vmrs/core/driver';

/** Connects through the VMM's vsock socket to `port` of the guest. Throws `HYPERVISOR` when nobody listens there, or the signal's reason. */
export async function connectVsock(path: string, port: number, { signal }: AbortOptions = {}): Promise<Duplex> {
  signal?.throwIfAborted();
  const socket = createConnection(path);
  try {
    await raceAbort(handshake(socket, port), signal);
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function handshake(socket: Socket, port: number): Promise<void> {
  const answered: Deferred<void> = deferred();
  const refuse = (cause?: unknown): void => answered.reject(refused(port, cause));
  const onReadable = (): void => {
    // Byte by byte, so that nothing which belongs to the connection itself is taken.
    for (let line = ''; ; ) {
      const byte: Buffer | null = socket.read(1);
      if (byte === null) {
        if (line !== '') socket.unshift(Buffer.from(line, 'latin1'));
        return;
      }
      line += byte.toString('latin1');
      if (!line.endsWith('\n')) continue;
      if (line.startsWith('OK ')) answered.resolve();
      else refuse();
      return;
    }
  };
  socket.on('readable', onReadable);
  socket.once('error', refuse);
  socket.once('close', refuse);
  socket.write(`CONNECT ${port}\n`);
  try {
    await answered.promise;
  } finally {
    socket.off('readable', onReadable);
    socket.off('error', refuse);
    socket.off('close', refuse);
  }
}

function refused(port: number, cause: unknown): VmError<'HYPERVISOR'> {
  return new VmError('HYPERVISOR', {
    driver: 'fake',
    detail: `nobody answers at vsock port ${port} of the guest`,
    details: { operation: 'vsock' },
    cause: cause instanceof Error ? cause : undefined,
  });
}
