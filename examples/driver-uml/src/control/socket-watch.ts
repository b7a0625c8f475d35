import { watch } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { deferred, ignoreErrno } from '@vmrs/core/driver';

/** In case a notification was lost. */
const SAFETY_MS = 250;

/** Resolves when there is a socket at `path`. Rejects with the signal's reason. `folder` is one above it that is there already. */
export async function socketAppears(path: string, folder: string, signal: AbortSignal): Promise<void> {
  let wake = deferred<void>();
  const nudge = (): void => wake.resolve();
  const watcher = watch(folder, nudge).on('error', nudge);
  signal.addEventListener('abort', nudge, { once: true });
  try {
    while (!(await isSocket(path))) {
      signal.throwIfAborted();
      const timer = setTimeout(nudge, SAFETY_MS);
      await wake.promise;
      clearTimeout(timer);
      wake = deferred<void>();
    }
  } finally {
    watcher.close();
    signal.removeEventListener('abort', nudge);
  }
}

/**
 * Calls `onReset` each time the kernel starts over: it executes itself again in the same process, and removes its folder and makes it anew. Returns what ends the watch.
 */
export function watchResets(socket: string, onReset: () => void): () => void {
  const umid = dirname(socket);
  const name = umid.slice(dirname(umid).length + 1);
  let isThere = true;
  let looking: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    const wasThere = isThere;
    isThere = (await ignoreErrno(stat(umid), 'ENOENT')) !== undefined;
    if (isThere && !wasThere) onReset();
  };
  const watcher = watch(dirname(umid), (_, changed) => {
    if (changed !== null && changed !== name) return;
    // One after the other, so that each compares with what the one before has seen.
    looking = looking.then(look, look);
  });
  watcher.on('error', () => watcher.close());
  return () => watcher.close();
}

async function isSocket(path: string): Promise<boolean> {
  return (await ignoreErrno(stat(path), 'ENOENT', 'ENOTDIR'))?.isSocket() === true;
}
