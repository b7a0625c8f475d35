import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { type AbortOptions, type DriverContext, deferred, raceAbort } from '@vmrs/core/driver';
import { connectOnce } from '../control/connect.ts';
import { hypervisorError } from '../errors.ts';
import { type Sidecar, startSidecar } from './sidecar.ts';

/** Any above 2 will do: each guest has a helper of its own. */
const GUEST_CID = 3;

const MAX_ANSWER_BYTES = 64;

/** Where the host reaches the guest's vsock ports. */
export function vsockPath(runtimeDir: string): string {
  return join(runtimeDir, 'vsock.sock');
}

/** Starts `vhost-device-vsock`, which is the guest's vsock device to QEMU and a unix socket to the host. */
export function startVsock(file: string, deviceSocket: string, context: DriverContext): Promise<Sidecar> {
  const args = [
    `--guest-cid=${GUEST_CID}`,
    `--socket=${deviceSocket}`,
    `--uds-path=${vsockPath(context.paths.runtimeDir)}`,
  ];
  return startSidecar({ role: 'vsock', file, args }, deviceSocket, 'vsock', context);
}

/**
 * Connects to a vsock port of the guest through the helper's unix socket: `CONNECT <port>`, answered by `OK <host port>`, as with
 * Cloud Hypervisor and Firecracker. Throws `HYPERVISOR` when nothing listens there.
 */
export async function connectVsock(runtimeDir: string, port: number, options: AbortOptions = {}): Promise<Duplex> {
  const socket = await connectOnce(vsockPath(runtimeDir), options.signal);
  try {
    socket.write(`CONNECT ${port}\n`);
    const answer = await raceAbort(firstLine(socket), options.signal);
    if (/^OK \d+$/.test(answer)) return socket;
    const native = answer === '' ? 'the connection was closed' : answer;
    throw hypervisorError('vsock', `no program of the guest accepts connections on vsock port ${port}: ${native}`, {
      native,
    });
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
