import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { deferred, errnoOf, openFile } from '@vmrs/core/driver';
import { connectWhenListening } from '@vmrs/driver-kit';

/** QEMU reads and writes its state in pieces of 32 KiB; larger ones here save turns of the event loop. */
const CHUNK_BYTES = 1024 * 1024;

/** A unix socket whose one connection is written to a file. */
export interface StateSink extends AsyncDisposable {
  /** Settles when the other side has ended the connection and the file is on disk. */
  readonly written: Promise<void>;
}

/**
 * Listens on `socket` and writes what the first connection sends to `file`. QEMU's own ways to a file are `exec:`, which is a shell, and
 * `file:`, which 7.2 does not have; this works with every version.
 */
export async function receiveState(socket: string, file: string, signal: AbortSignal | undefined): Promise<StateSink> {
  // A controller that died while it saved has left its socket.
  await rm(socket, { force: true });
  const connected = deferred<Socket>();
  const server = createServer((connection) => {
    connection.pause();
    connected.resolve(connection);
  });
  server.maxConnections = 1;
  await listen(server, socket);
  const written = (async () => {
    const connection = await connected.promise;
    await pipeline(
      connection,
      createWriteStream(file, { flags: 'wx', mode: 0o600, highWaterMark: CHUNK_BYTES }),
      signal === undefined ? {} : { signal },
    );
    await using handle = await openFile(file, 'r');
    await handle.sync();
  })();
  // Whoever awaits it gets the failure; a migration that fails first is reported instead.
  written.catch(() => undefined);
  return {
    written,
    async [Symbol.asyncDispose]() {
      connected.reject(new Error('QEMU did not connect'));
      server.close();
      await rm(socket, { force: true });
    },
  };
}

/**
 * Sends `file` to QEMU, which listens, or is about to, on `socket`. QEMU hangs up as soon as it has what it needs, which may be before
 * the end of the file or of the connection was seen here: whether it took the state in is for its migration events to say.
 */
export async function sendState(file: string, socket: string, signal: AbortSignal): Promise<void> {
  const connection = await connectWhenListening(socket, signal);
  try {
    await pipeline(createReadStream(file, { highWaterMark: CHUNK_BYTES }), connection, { signal });
  } catch (error) {
    signal.throwIfAborted();
    if (!HANGING_UP.includes(errnoOf(error) ?? '')) throw error;
  }
}

const HANGING_UP = ['ERR_STREAM_PREMATURE_CLOSE', 'EPIPE', 'ECONNRESET'];

async function listen(server: Server, socket: string): Promise<void> {
  const listening = deferred<void>();
  server.once('error', listening.reject);
  server.listen(socket, listening.resolve);
  await listening.promise;
}
