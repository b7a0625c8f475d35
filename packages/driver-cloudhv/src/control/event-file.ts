import { watch } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Deferred, deferred, ignoreErrno, type Logger } from '@vmrs/core/driver';
import { type ApiEvent, EventParser } from './event-parser.ts';

/** Name of the file in the runtime folder to which Cloud Hypervisor writes its events. A file loses none, and is there for a later controller. */
export const EVENT_FILE = 'events.json';

const CHUNK_BYTES = 16 * 1024;

/** The events of one Cloud Hypervisor, from the first on, and each new one as it is written. */
export class EventFile {
  readonly #handle: FileHandle;
  readonly #parser = new EventParser();
  readonly #listeners = new Set<(event: ApiEvent) => void>();
  readonly #decoder = new TextDecoder();
  readonly #closing = new AbortController();
  #wake: Deferred<void> = deferred();
  #position = 0;
  #reading: Promise<void> = Promise.resolve();

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /**
   * Opens the event file of a VMM that writes it already; returns the events that were there. Throws the system's error. To be closed.
   */
  static async open(
    runtimeDir: string,
    logger: Logger,
  ): Promise<{ readonly file: EventFile; readonly past: readonly ApiEvent[] }> {
    const path = join(runtimeDir, EVENT_FILE);
    const file = new EventFile(await open(path, 'r'));
    // Watched before it is read: what is written in between is noticed.
    const watcher = watch(path, { persistent: false }, () => file.#wake.resolve());
    watcher.on('error', () => watcher.close());
    file.#closing.signal.addEventListener('abort', () => watcher.close(), { once: true });
    const past: ApiEvent[] = [];
    const collect = (event: ApiEvent): void => void past.push(event);
    file.#listeners.add(collect);
    await file.#readOn();
    file.#listeners.delete(collect);
    file.#follow().catch((error: unknown) => {
      logger.warn({ event: 'cloudhv.events', err: error }, "Cloud Hypervisor's events cannot be read any more");
      file.close();
    });
    return { file, past };
  }

  /** Calls `listener` with each event from now on. */
  onEvent(listener: (event: ApiEvent) => void): void {
    this.#listeners.add(listener);
  }

  /** The next event that `fits`, from now on; to be disposed. It never comes when the file is closed first. */
  waitFor(fits: (event: ApiEvent) => boolean): Disposable & { readonly promise: Promise<ApiEvent> } {
    const found = deferred<ApiEvent>();
    const listener = (event: ApiEvent): void => {
      if (fits(event)) found.resolve(event);
    };
    this.#listeners.add(listener);
    return { promise: found.promise, [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /** Reads what is there, whether it was noticed or not: for the last words of a VMM that has ended. */
  drain(): Promise<void> {
    return this.#readOn();
  }

  /** Lets go of the file. Idempotent. */
  close(): void {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#wake.resolve();
    // A read that is under way ends first.
    void this.#closeHandle();
  }

  async #closeHandle(): Promise<void> {
    await this.#reading.catch(() => undefined); // Its caller has the failure.
    await ignoreErrno(this.#handle.close(), 'EBADF');
  }

  async #follow(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      await this.#wake.promise;
      this.#wake = deferred();
      if (!this.#closing.signal.aborted) await this.#readOn();
    }
  }

  #readOn(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#readToEnd());
    return this.#reading;
  }

  async #readToEnd(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const { buffer, bytesRead } = await this.#handle.read({
        buffer: Buffer.alloc(CHUNK_BYTES),
        position: this.#position,
      });
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      const text = this.#decoder.decode(buffer.subarray(0, bytesRead), { stream: true });
      for (const event of this.#parser.push(text)) for (const listener of this.#listeners) listener(event);
    }
  }
}
