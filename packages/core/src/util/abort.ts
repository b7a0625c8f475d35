/** Options of every asynchronous call that can be given up. */
export interface AbortOptions {
  /** Aborting it gives the call up. An aborted call leaves nothing behind. */
  readonly signal?: AbortSignal;
}

/**
 * Settles like `work`, or rejects with the signal's reason as soon as it is aborted.
 * The listener on the signal is removed in every case. `work` itself goes on; a caller that must undo it
 * keeps hold of it.
 */
export async function raceAbort<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}

/**
 * Runs `action` once when the signal is aborted (at once if it already is).
 * Returns what takes the listener away again.
 */
export function onAbort(signal: AbortSignal | undefined, action: (reason: unknown) => void): () => void {
  if (signal === undefined) return nothing;
  const listener = () => action(signal.reason);
  if (signal.aborted) {
    listener();
    return nothing;
  }
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

function nothing(): void {
  // There is no listener to take away.
}
