import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { deferred } from '@vmrs/core/driver';

/** `__SO_ACCEPTCON` in Linux' `include/uapi/linux/net.h`: set in the flags of a socket that listens. */
const LISTENING = 0x10000;

/** How often to look while the path may exist but the socket not listen yet. */
const RETRY_MS = 2;

/**
 * Resolves when a program of this host listens on the unix socket `path`. Linux only. Asks the kernel instead of connecting: a
 * vhost-user daemon serves one connection and ends with it. Rejects with the signal's reason when it is aborted first.
 */
export async function waitListening(path: string, signal: AbortSignal): Promise<void> {
  let wake = deferred<void>();
  const nudge = (): void => wake.resolve();
  const watcher = watch(dirname(path), nudge);
  // Without the watch the timer still finds it.
  watcher.on('error', () => watcher.close());
  signal.addEventListener('abort', nudge, { once: true });
  try {
    while (!isListening(await readFile('/proc/net/unix', 'latin1'), path)) {
      signal.throwIfAborted();
      const timer = setTimeout(nudge, RETRY_MS);
      await wake.promise;
      clearTimeout(timer);
      wake = deferred<void>();
    }
  } finally {
    watcher.close();
    signal.removeEventListener('abort', nudge);
  }
}

/** Whether a listing in the form of `/proc/net/unix` has a listening socket bound to `path`. */
export function isListening(listing: string, path: string): boolean {
  const bytes = Buffer.from(path, 'utf8').toString('latin1');
  return listing.split('\n').some((line) => {
    // Num RefCount Protocol Flags Type St Inode Path
    const fields = /^\S+: \S+ \S+ ([0-9A-F]+) \S+ \S+ +\d+ (.*)$/.exec(line);
    return fields?.[2] === bytes && (Number.parseInt(fields[1] ?? '0', 16) & LISTENING) !== 0;
  });
}
