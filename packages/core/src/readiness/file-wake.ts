import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { errnoOf } from '../util/errno.ts';

/** What a look at a file showed. */
export interface Glance {
  /** Whether there was anything new. */
  readonly fresh: boolean;
  /** `other`: since the last look another file has taken the path. */
  readonly file: 'same' | 'other' | 'missing';
}

/** What a {@link FileWake} works with. */
export interface FileWakeOptions {
  readonly path: string;
  /** Looks at the file. Called when there may be something new; must not throw. */
  readonly look: () => Glance;
  /** Told when the file cannot be watched, once; it is polled from then on. */
  readonly onProblem: (error: unknown) => void;
  /** Monotonic milliseconds. */
  readonly elapsed: () => number;
  /** Whether waiting for the file keeps the process alive. */
  readonly keepAlive: boolean;
  /** Default: that of `node:fs`. */
  readonly watch?: typeof watch;
}

/** Two events closer than this begin a burst, in which the file is read at this interval instead. */
const BURST_MS = 10;
/** A burst is over after as many readings that found nothing. */
const BURST_IDLE_READS = 5;
/** While relaxed, looks come at most this often. */
const RELAXED_MS = 200;
/** How often a file is looked at that cannot be watched: eagerly and relaxed. */
const POLL_MS = 200;
const SLOW_POLL_MS = 2_000;
/** Files that change under the path while it is being watched are chased so many times before there is a pause. */
const MAX_CHASES = 8;

/**
 * Tells when a file may have grown: by the system's file events while it is quiet, by reading every 10 ms while it is written to
 * without a pause (one event per line costs ten times as much), and at most every 200 ms once `eager` is false. A quiet file costs
 * nothing. A missing one is waited for in its folder.
 */
export class FileWake {
  readonly #options: FileWakeOptions;
  #eager = true;
  #watcher: FSWatcher | null = null;
  #timer: NodeJS.Timeout | null = null;
  #lastEvent = Number.NEGATIVE_INFINITY;
  #idleReads = 0;
  #unwatchable = false;
  #closed = false;

  constructor(options: FileWakeOptions) {
    this.#options = options;
  }

  /** Whether every change is to be seen at once. True at first. */
  set eager(eager: boolean) {
    this.#eager = eager;
  }

  /** Begins, with a first look. */
  start(): void {
    this.#listen();
  }

  /** Ends for good. */
  close(): void {
    this.#closed = true;
    this.#rest();
  }

  #listen(): void {
    for (let chases = 0; chases < MAX_CHASES; chases++) {
      this.#rest();
      const watched = this.#attach();
      // What was written while nobody watched.
      const { file } = this.#options.look();
      if (this.#closed) return;
      const settled = watched === 'file' ? file === 'same' : watched === 'folder' ? file === 'missing' : true;
      if (!settled) continue;
      if (watched === 'nothing') this.#after(this.#eager ? POLL_MS : SLOW_POLL_MS, () => this.#listen());
      return;
    }
    this.#rest();
    this.#after(RELAXED_MS, () => this.#listen());
  }

  #attach(): 'file' | 'folder' | 'nothing' {
    if (this.#unwatchable) return 'nothing';
    const { path } = this.#options;
    if (this.#watch(path, () => true)) return 'file';
    if (this.#unwatchable) return 'nothing';
    const name = basename(path);
    // Without a name the system could not tell which file it was.
    return this.#watch(dirname(path), (changed) => changed === null || changed === name) ? 'folder' : 'nothing';
  }

  /** Whether `target` is watched now; false when it does not exist. */
  #watch(target: string, concerns: (name: string | null) => boolean): boolean {
    try {
      const start = this.#options.watch ?? watch;
      const watcher = start(target, { persistent: this.#options.keepAlive });
      watcher.on('change', (event, name) => {
        if (this.#watcher === watcher && concerns(name === null ? null : String(name))) this.#onEvent(event);
      });
      watcher.on('error', (error) => {
        if (this.#watcher === watcher) this.#cannotWatch(error);
      });
      this.#watcher = watcher;
      return true;
    } catch (error) {
      const code = errnoOf(error);
      if (code !== 'ENOENT' && code !== 'ENOTDIR') this.#giveUpWatching(error);
      return false;
    }
  }

  #onEvent(event: string): void {
    const { look, elapsed } = this.#options;
    if (!this.#eager) {
      this.#rest();
      this.#after(RELAXED_MS, () => this.#listen());
      return;
    }
    const now = elapsed();
    const burst = now - this.#lastEvent < BURST_MS;
    this.#lastEvent = now;
    const { file } = look();
    if (this.#closed) return;
    if (event === 'rename' || file !== 'same') this.#listen();
    else if (burst) this.#readInBurst();
  }

  #readInBurst(): void {
    this.#rest();
    this.#idleReads = 0;
    this.#after(BURST_MS, this.#burstTick);
  }

  readonly #burstTick = (): void => {
    const { fresh } = this.#options.look();
    if (this.#closed) return;
    this.#idleReads = fresh ? 0 : this.#idleReads + 1;
    if (this.#idleReads >= BURST_IDLE_READS || !this.#eager) this.#listen();
    else this.#after(BURST_MS, this.#burstTick);
  };

  #cannotWatch(error: unknown): void {
    this.#giveUpWatching(error);
    this.#listen();
  }

  #giveUpWatching(error: unknown): void {
    this.#unwatchable = true;
    this.#options.onProblem(error);
  }

  #after(ms: number, action: () => void): void {
    this.#timer = setTimeout(action, ms);
    if (!this.#options.keepAlive) this.#timer.unref();
  }

  /** Neither watches nor has a timer. */
  #rest(): void {
    this.#watcher?.close();
    this.#watcher = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
