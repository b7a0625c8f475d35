import { type AbortOptions, onAbort } from '../../util/abort.ts';
import { checkSignal, shown } from '../options/check-options.ts';

/** How many items a subscriber may lag behind before it loses the oldest. */
const DEFAULT_CAPACITY = 256;

/** Options of a subscription. */
export interface SubscribeOptions extends AbortOptions {
  /** How many items are kept for a reader that is slower than the writer. Default 256. The oldest are dropped first. */
  readonly capacity?: number;
}

/**
 * One writer, any number of readers. Each reader has a bounded buffer of its own, so that a slow reader loses its oldest
 * items and never holds up the writer or other readers.
 */
export class EventHub<T> {
  readonly #readers = new Set<Reader<T>>();
  #closed = false;

  /** Hands `item` to every present reader; never waits. */
  publish(item: T): void {
    for (const reader of this.#readers) reader.push(item);
  }

  /** Ends all iterations once what was published has been read. Later publications go nowhere. */
  close(): void {
    this.#closed = true;
    for (const reader of this.#readers) reader.end();
    this.#readers.clear();
  }

  /** Number of present readers. */
  get size(): number {
    return this.#readers.size;
  }

  /**
   * The items in `first`, then everything published from this call on (not from the first `next()`).
   * Ends when the hub is closed, the loop is left or the signal is aborted. Throws `TypeError` for a capacity below 1.
   */
  subscribe(first: readonly T[], options: SubscribeOptions = {}): AsyncIterableIterator<T> {
    const { capacity = DEFAULT_CAPACITY } = options;
    checkSignal(options);
    if (!(capacity >= 1)) throw new TypeError(`capacity must be at least 1, got ${shown(capacity)}`);
    const reader = new Reader<T>(capacity);
    for (const item of first) reader.push(item);
    if (this.#closed) {
      reader.end();
      return reader;
    }
    this.#readers.add(reader);
    const forget = onAbort(options.signal, () => reader.stop());
    reader.onDone(() => {
      forget();
      this.#readers.delete(reader);
    });
    return reader;
  }
}

class Reader<T> implements AsyncIterableIterator<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  #waiting: ((result: IteratorResult<T>) => void)[] = [];
  #ended = false;
  #done: (() => void) | null = null;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  onDone(done: () => void): void {
    this.#done = done;
    if (this.#ended) done();
  }

  push(item: T): void {
    if (this.#ended) return;
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next({ value: item, done: false });
      return;
    }
    this.#items.push(item);
    if (this.#items.length > this.#capacity) this.#items.shift();
  }

  /** No more items will come; what is buffered can still be read. */
  end(): void {
    this.#ended = true;
    for (const next of this.#waiting) next({ value: undefined, done: true });
    this.#waiting = [];
    this.#done?.();
  }

  /** Ends at once; what is buffered is dropped. */
  stop(): void {
    this.#items.length = 0;
    this.end();
  }

  async next(): Promise<IteratorResult<T>> {
    const item = this.#items.shift();
    if (item !== undefined) return { value: item, done: false };
    if (this.#ended) return { value: undefined, done: true };
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  async return(): Promise<IteratorResult<T>> {
    this.stop();
    return { value: undefined, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
