import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Logger, ProcessExit, ProcessIdentity, VmProcess } from '../contract/index.ts';
import { deferred } from '../util/deferred.ts';
import { readExitRecord } from './exit-record.ts';
import { checkIdentity } from './identity.ts';
import { type PinnedProcess, pinProcess } from './pinned-process.ts';
import { signalOrGone, signalPinned } from './signal.ts';

/** Delays between two looks at a process that there is reason to believe gone. */
const FIRST_DELAY_MS = 1;
const DELAY_GROWTH = 1.5;
const LONGEST_DELAY_MS = 1_000;

/** How long a living keeper may take to write down the end of a process that is gone. It takes less than a millisecond. */
const KEEPER_GRACE_MS = 1_000;

/** What a {@link KeptProcess} is made of. */
export interface KeptOptions {
  readonly role: string;
  readonly identity: ProcessIdentity;
  /** Null for one whose keeper nobody has written down. */
  readonly keeper: ProcessIdentity | null;
  /** Where the keeper writes the end, and what it writes it with. */
  readonly exitFile: string;
  readonly token: string;
  /** Each settles when there is reason to look whether the process is gone, however it settles. */
  readonly hints: readonly Promise<unknown>[];
  readonly logger: Logger;
}

/**
 * A process with a keeper, started by this controller or by an earlier one: the same for both. It is not looked at until there is reason
 * to: the keeper's end or its record, or a hint. A living keeper is sure to tell; only without one is the process looked at again and again,
 * after growing delays of up to one second, once there was a reason. Such looks keep the controller alive only while `kill` waits.
 */
export class KeptProcess implements VmProcess {
  readonly role: string;
  readonly identity: ProcessIdentity;
  readonly exited: Promise<ProcessExit>;
  readonly #options: KeptOptions;
  readonly #exit = deferred<ProcessExit>();
  readonly #pin: PinnedProcess | null;
  #watcher: FSWatcher | undefined;
  #timer: NodeJS.Timeout | undefined;
  #delayMs = FIRST_DELAY_MS;
  #goneSince: number | null = null;
  #kills = 0;
  #warned = false;
  #state: 'watched' | 'gone' | 'released' = 'watched';

  constructor(options: KeptOptions) {
    this.role = options.role;
    this.identity = options.identity;
    this.exited = this.#exit.promise;
    this.#options = options;
    this.#pin = pinProcess(options.identity);
    const look = () => this.#lookAnew();
    for (const hint of options.hints) void hint.then(look, look);
  }

  /**
   * Has the system tell when the keeper's record appears: for the process of an earlier controller, of which nothing else is sure to tell. If
   * the record is there already, that is noticed too.
   */
  watchForRecord(): this {
    const { exitFile } = this.#options;
    const name = basename(exitFile);
    try {
      this.#watcher = watch(dirname(exitFile), { persistent: false }, (_, changed) => {
        if (changed === null || changed === name) this.#lookAnew();
      });
      this.#watcher.on('error', (error) => this.#withoutWatch(error));
    } catch (error) {
      this.#withoutWatch(error);
    }
    this.#lookAnew();
    return this;
  }

  async signal(signal: NodeJS.Signals): Promise<'sent' | 'gone'> {
    if (this.#state === 'gone') return 'gone';
    const result = await signalPinned(this.#pin, this.identity, signal);
    this.#lookAnew();
    return result;
  }

  async kill(): Promise<void> {
    if (this.#state === 'gone') return;
    this.#kills += 1;
    try {
      await signalOrGone(this.identity, 'SIGKILL', this.#pin);
      this.#lookAnew();
      await this.exited;
    } finally {
      this.#kills -= 1;
    }
  }

  release(): void {
    this.#letGo('released');
  }

  /** A new reason to look: at once, and closely for a while. */
  #lookAnew(): void {
    this.#delayMs = FIRST_DELAY_MS;
    void this.#look();
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#state !== 'watched') return;
    const exit = this.#recorded() ?? (await this.#goneUnrecorded());
    if (this.#state !== 'watched') return;
    if (exit !== null) {
      this.#letGo('gone');
      this.#exit.resolve(exit);
      return;
    }
    clearTimeout(this.#timer);
    if (this.#goneSince === null && this.#kills === 0 && (await this.#keeperLives())) return;
    this.#timer = setTimeout(() => void this.#look(), this.#delayMs);
    if (this.#kills === 0) this.#timer.unref();
    this.#delayMs = Math.min(this.#delayMs * DELAY_GROWTH, LONGEST_DELAY_MS);
  }

  #recorded(): ProcessExit | null {
    const { exitFile, token } = this.#options;
    try {
      return readExitRecord(exitFile, token);
    } catch (error) {
      this.#warnOnce({ err: error }, 'how the process ended cannot be read');
      return null;
    }
  }

  /** The end of a process of which no record tells (yet): null as long as it lives, or its keeper may still write the record. */
  async #goneUnrecorded(): Promise<ProcessExit | null> {
    const life = this.#pin === null ? await checkIdentity(this.identity) : this.#pin.life();
    if (typeof life === 'object')
      this.#warnOnce({ reason: life.unknown }, 'cannot tell whether the process still lives');
    if (life !== 'gone') return null;
    this.#goneSince ??= performance.now();
    if (performance.now() - this.#goneSince < KEEPER_GRACE_MS && (await this.#keeperLives())) return null;
    // It may have written it between our two looks.
    return this.#recorded() ?? { code: null, signal: null, known: false };
  }

  async #keeperLives(): Promise<boolean> {
    const { keeper } = this.#options;
    return keeper !== null && (await checkIdentity(keeper)) === 'alive';
  }

  #withoutWatch(error: unknown): void {
    this.#watcher?.close();
    // The end of the control connection still tells.
    this.#options.logger.debug(
      { event: 'process.unwatched', role: this.role, err: error },
      'its end is not watched for',
    );
  }

  #warnOnce(fields: object, message: string): void {
    if (this.#warned) return;
    this.#warned = true;
    const { role, identity } = this;
    this.#options.logger.warn({ event: 'process.unknown', role, pid: identity.pid, ...fields }, message);
  }

  #letGo(state: 'gone' | 'released'): void {
    if (this.#state !== 'watched') return;
    this.#state = state;
    clearTimeout(this.#timer);
    this.#watcher?.close();
    this.#pin?.close();
  }
}
