import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type AbortOptions, deferred, raceAbort } from '@vmrs/core/driver';
import { hypervisorError } from '../errors.ts';
import { connectOnce } from './connect.ts';

const MAX_ANSWER_BYTES = 64;

/**
 * Connects to a vsock port of a guest whose vsock device is a unix socket to the host: `CONNECT <port>`, answered by `OK <host port>`, as
 * Firecracker, Cloud Hypervisor and vhost-device-vsock have it. Throws `HYPERVISOR` when nothing listens there; `TypeError` for a port that is none.
 */
export async function connectHybridVsock(
  path: string,
  port: number,
  driver: string,
  options: AbortOptions = {},
): Promise<Duplex> {
  if (!Number.isInteger(port) || port < 0 || port > 0xffff_ffff)
    throw new TypeError(`vsock port must be a 32-bit number, got ${port}`);
  const socket = await connectOnce(path, options.signal);
  try {
    socket.write(`CONNECT ${port}\n`);
    const answer = await raceAbort(firstLine(socket), options.signal);
    if (/^OK \d+$/.test(answer)) return socket;
    const native = answer === '' ? 'the connection was closed' : answer;
    const detail = `no program of the guest accepts connections on vsock port ${port}: ${native}`;
    throw hypervisorError(driver, 'vsock', detail, { native });
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The first line, without its end; what follows stays in the stream. Empty when the stream ends first. */
async function firstLine(socket: Socket): Promise<string> {
  const line = deferred<string>();
  let read = Buffer.alloc(0);
  const onReadable = (): void => {
    for (let bytes: Buffer | null = socket.read(); bytes !== null; bytes = socket.read())
      read = Buffer.concat([read, bytes]);
    const end = read.indexOf('\n');
    if (end === -1 && read.length <= MAX_ANSWER_BYTES) return;
    socket.off('readable', onReadable);
    if (end !== -1 && end + 1 < read.length) socket.unshift(read.subarray(end + 1));
    line.resolve(read.toString('latin1', 0, end === -1 ? read.length : end));
  };
  const onEnd = (): void => line.resolve('');
  socket.on('readable', onReadable);
  socket.once('close', onEnd);
  socket.once('end', onEnd);
  socket.once('error', line.reject);
  try {
    return await line.promise;
  } finally {
    socket.off('readable', onReadable);
    socket.off('close', onEnd);
    socket.off('end', onEnd);
    socket.off('error', line.reject);
  }
}
