import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { isVmError, VmError } from '../errors/index.ts';
import { errnoOf } from '../util/errno.ts';
import { type ConsolePosition, positionIn, sameFile } from './console-position.ts';

// Reads are synchronous on purpose: the file was written a moment ago and is in memory, so that a look costs some microseconds;
// through the thread pool it would cost fifty times as much, hundreds of times per second while a guest is chatty.

/** Bytes that are read at once. */
const CHUNK_BYTES = 64 * 1024;
/** Bytes after which a reader gives the event loop a turn. */
const TURN_BYTES = 1024 * 1024;

/** Who receives what a {@link FileTail} reads. */
export interface TailSink {
  /** The next bytes, at most 64 KiB. Answers whether it takes more in this turn of the event loop. */
  bytes(chunk: Uint8Array): boolean;
  /** What follows does not continue what came before: the file was truncated, or another one has taken its place. */
  broken?(): void;
}

/** How a reading ended. `missing`: there is no file now. `more`: there is more to read, in the next turn of the event loop. */
export type TailEnd = 'end' | 'missing' | 'more';

/**
 * Reads a growing file, each byte once. A file that is truncated or replaced (another device or inode under the path) is read
 * from its beginning; one that is renamed away is read to its end first. The open file is held, so that its inode cannot be
 * given to its successor. A file that is truncated and grows beyond the old length between two readings looks as if it had only grown.
 */
export class FileTail {
  readonly #path: string;
  #fd: number | null = null;
  #position: ConsolePosition;

  /** Begins at `from` if the file is still that one and not shorter, else at its beginning. */
  constructor(path: string, from: ConsolePosition) {
    this.#path = path;
    this.#position = from;
  }

  /** Everything before it was read. */
  get position(): ConsolePosition {
    return this.#position;
  }

  /** Reads what is there, at most 1 MiB. Throws `IO`. */
  read(sink: TailSink): TailEnd {
    try {
      return this.#read(sink);
    } catch (error) {
      if (isVmError(error) || !(error instanceof Error)) throw error;
      const detail = `'${this.#path}' cannot be read: ${error.message}`;
      throw new VmError('IO', { detail, details: { path: this.#path }, cause: error });
    }
  }

  /** Closes the file. The next reading would open it again. */
  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #read(sink: TailSink): TailEnd {
    for (let left = TURN_BYTES; left > 0; ) {
      const fd = this.#fd ?? this.#open();
      if (fd === null) return 'missing';
      const chunk = this.#nextChunk(fd);
      if (chunk !== null) {
        left -= chunk.length;
        if (!sink.bytes(chunk)) return 'more';
        continue;
      }
      const reason = this.#lookAround(fd);
      if (reason === 'end' || reason === 'missing') return reason;
      if (reason === 'begins anew') sink.broken?.();
    }
    return 'more';
  }

  #nextChunk(fd: number): Uint8Array | null {
    const { offset } = this.#position;
    // Most looks find nothing new, and need no memory.
    const fresh = fstatSync(fd).size - offset;
    if (fresh <= 0) return null;
    const buffer = Buffer.allocUnsafe(Math.min(fresh, CHUNK_BYTES));
    const count = readSync(fd, buffer, 0, buffer.length, offset);
    this.#position = { ...this.#position, offset: offset + count };
    return count === 0 ? null : buffer.subarray(0, count);
  }

  /** Why nothing more was read from the open file. A truncated or replaced one is made ready to be read from its beginning. */
  #lookAround(fd: number): 'end' | 'missing' | 'begins anew' | 'grown' {
    const open = fstatSync(fd, { bigint: true });
    if (open.size < this.#position.offset) {
      this.#position = positionIn(open, 0);
      return 'begins anew';
    }
    const named = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    if (named === undefined) return 'missing';
    if (named.dev === open.dev && named.ino === open.ino) return 'end';
    // The last words for the old file may have come between the reading and the look at the new one.
    if (fstatSync(fd, { bigint: true }).size > this.#position.offset) return 'grown';
    this.close();
    this.#position = positionIn(named, 0);
    return 'begins anew';
  }

  #open(): number | null {
    let fd: number;
    try {
      // Not blocking, because opening a FIFO would wait for its writer.
      fd = openSync(this.#path, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }
    const stats = fstatSync(fd, { bigint: true });
    if (!stats.isFile()) {
      closeSync(fd);
      throw new VmError('IO', { detail: `'${this.#path}' is not a regular file`, details: { path: this.#path } });
    }
    this.#fd = fd;
    const goesOn = sameFile(this.#position, positionIn(stats, 0)) && Number(stats.size) >= this.#position.offset;
    this.#position = positionIn(stats, goesOn ? this.#position.offset : 0);
    return fd;
  }
}
