import { stat } from 'node:fs/promises';
import { raceAbort } from '@vmrs/core/driver';

interface Entry<T> {
  readonly key: string;
  readonly value: Promise<T>;
}

/** Keeps what was found out about a program for as long as it stays the same file: asking one costs milliseconds to seconds. */
export class PerFile<T> {
  #entry: Entry<T> | null = null;

  /**
   * What `find` answered for this file the last time, else what it answers now; callers at the same time share one answer. A failure is not
   * kept: it may be over the next time. Rejects with the signal's reason; `find` goes on for the others then.
   */
  async get(path: string, find: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const key = await fileGeneration(path);
    if (this.#entry?.key !== key) {
      const value = find();
      // Whoever waits for it gets the failure too.
      value.catch(() => undefined);
      this.#entry = { key, value };
    }
    const entry = this.#entry;
    try {
      return await raceAbort(entry.value, signal);
    } catch (error) {
      // An abort says nothing about the file.
      if (signal?.aborted !== true && this.#entry === entry) this.#entry = null;
      throw error;
    }
  }
}

/** Changes when the file is replaced or written to. */
async function fileGeneration(path: string): Promise<string> {
  const { dev, ino, size, mtimeMs } = await stat(path);
  return [path, dev, ino, size, mtimeMs].join(':');
}
