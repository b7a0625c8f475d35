import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../util/clock.ts';
import type { ConsolePosition } from './console-position.ts';
import { ConsoleScanner, type MarkerRules } from './console-scanner.ts';
import { FileTail, type TailEnd, type TailSink } from './file-tail.ts';
import { FileWake, type Glance } from './file-wake.ts';

/** What {@link watchConsole} watches and whom it tells. */
export interface ConsoleWatchOptions extends MarkerRules {
  /** The console log. It may not exist yet. */
  readonly path: string;
  /** Bytes before it never count. */
  readonly from: ConsolePosition;
  /** The address that is known already, from a record; null when none is. */
  readonly address: string | null;
  /** A marker with an address that is not the one known so far was read. Never called before `watchConsole` has resolved. */
  readonly onAddress: (ip: string) => void;
  /** The log cannot be read or watched. Told once until it can be read again; watching goes on. */
  readonly onProblem: (error: unknown) => void;
  readonly clock: Clock;
}

/** A console log that is being watched for the readiness marker. */
export interface ConsoleWatcher {
  /** The address of the last complete marker of this boot; null when there was none. */
  readonly address: string | null;
  /** Where another watcher can go on: everything before it was read, and a line begins there. */
  position(): ConsolePosition;
  /** The last lines, readable; also after `close`. */
  tail(): readonly string[];
  /** The guest was reset: reads what is there now, then forgets the address. The tail stays. Throws `IO`. */
  reset(): Promise<void>;
  /** Reads everything that is in the file now. Throws `IO`. */
  drain(): Promise<void>;
  /** Ends the watching. Idempotent. */
  close(): Promise<void>;
}

/** The first and the longest interval of the safety net, a look without any event while no address is known. */
const NET_FIRST_MS = 2_000;
const NET_LONGEST_MS = 60_000;

/**
 * Watches a console log for the readiness marker, from `from` on. Resolves when what is in it already was read. Every byte is read
 * once; memory is bounded. Costs nothing while the guest is silent, and does not keep the process alive.
 */
export async function watchConsole(options: ConsoleWatchOptions): Promise<ConsoleWatcher> {
  const watcher = new LogWatcher(options);
  await watcher.start();
  return watcher;
}

class LogWatcher implements ConsoleWatcher {
  readonly #options: ConsoleWatchOptions;
  readonly #scanner: ConsoleScanner;
  readonly #tail: FileTail;
  readonly #wake: FileWake;
  readonly #sink: TailSink;
  /** What `onAddress` said last, or what was known from the beginning. */
  #address: string | null;
  /** Whether a found address may be told; see {@link LogWatcher.reset} and {@link LogWatcher.start}. */
  #silent = false;
  #problem: string | null = null;
  #net: NodeJS.Timeout | null = null;
  #netMs = NET_FIRST_MS;
  #closed = false;

  constructor(options: ConsoleWatchOptions) {
    this.#options = options;
    this.#scanner = new ConsoleScanner({ loopback: options.loopback ?? false });
    this.#address = options.address;
    this.#tail = new FileTail(options.path, options.from);
    this.#sink = {
      bytes: (chunk) => {
        this.#scanner.push(chunk);
        this.#tell();
        return !this.#closed;
      },
      broken: () => this.#scanner.breakLine(),
    };
    this.#wake = new FileWake({
      path: options.path,
      look: () => this.#look(),
      onProblem: options.onProblem,
      elapsed: () => options.clock.elapsed(),
      keepAlive: false,
    });
  }

  get address(): string | null {
    return this.#scanner.address ?? this.#address;
  }

  async start(): Promise<void> {
    this.#silent = true;
    try {
      await this.drain();
    } catch (error) {
      this.#report(error);
    }
    // Whoever awaits this has to have the watcher in hand before it is told anything.
    setImmediate(() => {
      if (this.#closed) return;
      this.#silent = false;
      this.#wake.eager = this.address === null;
      this.#tell();
      this.#wake.start();
      this.#castNet();
    });
  }

  position(): ConsolePosition {
    const { device, inode, offset } = this.#tail.position;
    return { device, inode, offset: offset - this.#scanner.unfinishedBytes };
  }

  tail(): readonly string[] {
    return this.#scanner.tail();
  }

  async reset(): Promise<void> {
    // A marker that is read only now was written before the reset.
    this.#silent = true;
    try {
      await this.drain();
    } finally {
      this.#silent = false;
      this.#scanner.reset();
      this.#address = null;
      this.#wake.eager = true;
      this.#netMs = NET_FIRST_MS;
      this.#castNet();
    }
  }

  async drain(): Promise<void> {
    while (!this.#closed && this.#tail.read(this.#sink) === 'more') await turn();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake.close();
    if (this.#net !== null) clearTimeout(this.#net);
    this.#tail.close();
  }

  #look(): Glance {
    if (this.#closed) return { fresh: false, file: 'same' };
    const before = this.#tail.position;
    let end: TailEnd;
    try {
      end = this.#tail.read(this.#sink);
      this.#problem = null;
    } catch (error) {
      this.#report(error);
      return { fresh: false, file: 'same' };
    }
    if (end === 'more') setImmediate(() => this.#look());
    const { device, inode, offset } = this.#tail.position;
    const other = before.inode !== inode || before.device !== device;
    return { fresh: other || before.offset !== offset, file: end === 'missing' ? 'missing' : other ? 'other' : 'same' };
  }

  #tell(): void {
    const found = this.#scanner.address;
    if (this.#silent || found === null) return;
    this.#wake.eager = false;
    if (found === this.#address) return;
    this.#address = found;
    this.#options.onAddress(found);
  }

  /** The same problem is told once, not at each look. */
  #report(error: unknown): void {
    const text = error instanceof Error ? error.message : String(error);
    if (text === this.#problem) return;
    this.#problem = text;
    this.#options.onProblem(error);
  }

  /** Looks now and then without any event while no address is known, for file systems whose events are lost. */
  #castNet(): void {
    if (this.#net !== null) clearTimeout(this.#net);
    this.#net = null;
    if (this.#closed || this.address !== null) return;
    this.#net = setTimeout(() => {
      this.#netMs = Math.min(this.#netMs * 2, NET_LONGEST_MS);
      this.#look();
      this.#castNet();
    }, this.#netMs).unref();
  }
}
