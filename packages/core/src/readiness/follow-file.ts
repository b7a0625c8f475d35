import { statSync } from 'node:fs';
import { type AbortOptions, onAbort } from '../util/abort.ts';
import { deferred } from '../util/deferred.ts';
import { type ConsolePosition, currentPosition, positionIn, sameFile } from './console-position.ts';
import { FileTail } from './file-tail.ts';
import { FileWake, type Glance } from './file-wake.ts';

/** Options of {@link followFile}. */
export interface FollowOptions extends AbortOptions {
  /** Bytes of the file, as it is now, that are left out. Default 0. */
  readonly from?: number;
  /** When it has settled, the rest of the file is given and the iteration ends. */
  readonly until: Promise<unknown>;
}

/**
 * The bytes of a file as they come: what is there, then what is written to it. Truncation and rotation are followed; a file that does
 * not exist yet is waited for. Reads no faster than it is asked to. Ends when `until` has settled and the rest was read, when the loop is
 * left, or when the signal is aborted. Throws `IO`.
 */
export async function* followFile(path: string, options: FollowOptions): AsyncGenerator<Uint8Array, void, void> {
  const { from = 0, until, signal } = options;
  const aborted = (): boolean => signal?.aborted === true;
  if (aborted()) return;
  const begin = await currentPosition(path);
  const tail = new FileTail(path, { ...begin, offset: from });
  const bell = new Bell();
  let over = false;
  const end = (): void => {
    over = true;
    bell.ring();
  };
  until.then(end, end);
  const forget = onAbort(signal, () => bell.ring());
  const wake = new FileWake({
    path,
    look: glanceAt(path, begin, () => bell.ring()),
    onProblem: () => {
      // It is polled then; the reader is served all the same, only later.
    },
    elapsed: () => performance.now(),
    keepAlive: true,
  });
  try {
    wake.start();
    while (!aborted()) {
      const last = over;
      const rung = bell.next();
      const chunk = nextChunk(tail);
      if (chunk !== null) yield chunk;
      else if (last) return;
      else await rung;
    }
  } finally {
    wake.close();
    forget();
    tail.close();
  }
}

/** Wakes whoever waits for its next ring. */
class Bell {
  #next = deferred<void>();

  next(): Promise<void> {
    return this.#next.promise;
  }

  ring(): void {
    const { resolve } = this.#next;
    this.#next = deferred();
    resolve();
  }
}

/** Looks at the file without reading it, and tells `onLook` each time. */
function glanceAt(path: string, begin: ConsolePosition, onLook: () => void): () => Glance {
  let seen = begin;
  return () => {
    onLook();
    const now = endOf(path);
    if (now === null) return { fresh: false, file: 'missing' };
    const other = !sameFile(now, seen);
    const fresh = other || now.offset !== seen.offset;
    seen = now;
    return { fresh, file: other ? 'other' : 'same' };
  };
}

function endOf(path: string): ConsolePosition | null {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? null : positionIn(stats, Number(stats.size));
  } catch {
    // The reader meets the same error and throws it.
    return null;
  }
}

function nextChunk(tail: FileTail): Uint8Array | null {
  const taken: Uint8Array[] = [];
  tail.read({
    bytes: (chunk) => {
      taken.push(chunk);
      return false;
    },
  });
  return taken[0] ?? null;
}
