import { type FSWatcher, watch } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { basename, dirname } from 'node:path';
import { deferred, errnoOf } from '@vmrs/core/driver';

/** Between `bind`, at which a socket's path appears, and `listen` lie microseconds: connecting is refused, and worth another try at once. */
const RETRY_MS = 1;

/** In case the notification about the new path was lost. */
const SAFETY_MS = 50;

/**
 * Connects to a unix socket that a program is just about to create. That its path exists does not mean that it can be
 * connected to, so the connection itself is tried. Rejects with the signal's reason when `signal` is aborted first.
 */
export async function connectWhenListening(path: string, signal: AbortSignal): Promise<Socket> {
  using arrivals = watchFor(path);
  for (;;) {
    signal.throwIfAborted();
    const appeared = arrivals.next();
    try {
      return await connectOnce(path, signal);
    } catch (error) {
      signal.throwIfAborted();
      const code = errnoOf(error);
      if (code === 'ENOENT') await settled(appeared, SAFETY_MS, signal);
      else if (code === 'ECONNREFUSED') await settled(null, RETRY_MS, signal);
      else throw error;
    }
  }
}

/** Connects to a unix socket, once. Rejects with the system's error, or with the signal's reason. */
export async function connectOnce(path: string, signal?: AbortSignal): Promise<Socket> {
  signal?.throwIfAborted();
  const result = deferred<Socket>();
  const socket = createConnection(path);
  const giveUp = (): void => result.reject(signal?.reason);
  socket.once('connect', () => result.resolve(socket));
  socket.once('error', result.reject);
  signal?.addEventListener('abort', giveUp, { once: true });
  try {
    return await result.promise;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    socket.off('error', result.reject);
    signal?.removeEventListener('abort', giveUp);
  }
}

/** Resolves after `ms`, or when `early` does, or when the signal is aborted. */
async function settled(early: Promise<void> | null, ms: number, signal: AbortSignal): Promise<void> {
  const done = deferred<void>();
  const timer = setTimeout(done.resolve, ms);
  const onAbort = (): void => done.resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await (early === null ? done.promise : Promise.race([early, done.promise]));
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  }
}

/** Something to wait on until `path` appears in its folder. */
function watchFor(path: string): { next(): Promise<void> } & Disposable {
  let waiting = deferred<void>();
  const name = basename(path);
  const watcher: FSWatcher = watch(dirname(path), (_, changed) => {
    if (changed !== null && changed !== name) return;
    waiting.resolve();
    waiting = deferred<void>();
  });
  // The watch is only the quick way: without it the safety timer finds the path.
  watcher.on('error', () => watcher.close());
  return { next: () => waiting.promise, [Symbol.dispose]: () => watcher.close() };
}
