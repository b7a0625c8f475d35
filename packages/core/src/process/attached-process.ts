import type { Logger, ProcessExit, ProcessIdentity, VmProcess } from '../contract/index.ts';
import { deferred } from '../util/deferred.ts';
import { checkIdentity } from './identity.ts';
import { type PinnedProcess, pinProcess } from './pinned-process.ts';
import { signalOrGone, signalProcess } from './signal.ts';

/** Delays between two looks at a process that there is reason to believe gone. */
const FIRST_DELAY_MS = 1;
const DELAY_GROWTH = 1.5;
const LONGEST_DELAY_MS = 1_000;

/** What an {@link AttachedProcess} is made of. */
export interface AttachOptions {
  readonly role: string;
  readonly identity: ProcessIdentity;
  /** Settles when there is reason to look whether the process is gone, however it settles. */
  readonly hint: Promise<unknown>;
  readonly logger: Logger;
}

/**
 * A process that another controller has started, so that the system tells us nothing of its exit. It is not looked at until
 * there is reason to: the hint, or a signal that was sent. From then on it is looked at after growing delays, up to one second,
 * until it is gone. That covers a VMM that takes its time to end; one that lives on without its control connection is the only
 * thing ever polled, and there is no other news of it. Those looks keep the controller alive only while `kill` waits.
 */
export class AttachedProcess implements VmProcess {
  readonly role: string;
  readonly identity: ProcessIdentity;
  readonly exited: Promise<ProcessExit>;
  readonly #exit = deferred<ProcessExit>();
  readonly #logger: Logger;
  readonly #pin: PinnedProcess | null;
  #timer: NodeJS.Timeout | undefined;
  #delayMs = FIRST_DELAY_MS;
  #kills = 0;
  #warned = false;
  #state: 'attached' | 'gone' | 'released' = 'attached';

  constructor(options: AttachOptions) {
    this.role = options.role;
    this.identity = options.identity;
    this.exited = this.#exit.promise;
    this.#logger = options.logger;
    this.#pin = pinProcess(options.identity);
    const look = () => this.#lookAnew();
    void options.hint.then(look, look);
  }

  async signal(signal: NodeJS.Signals): Promise<'sent' | 'gone'> {
    if (this.#state === 'gone') return 'gone';
    const result = await signalProcess(this.identity, signal, { group: true });
    this.#lookAnew();
    return result;
  }

  async kill(): Promise<void> {
    if (this.#state === 'gone') return;
    this.#kills += 1;
    try {
      await signalOrGone(this.identity, 'SIGKILL');
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
    if (this.#state !== 'attached') return;
    const life = this.#pin === null ? await checkIdentity(this.identity) : this.#pin.life();
    if (this.#state !== 'attached') return;
    if (life === 'gone') {
      this.#letGo('gone');
      this.#exit.resolve({ code: null, signal: null, known: false });
      return;
    }
    if (typeof life === 'object' && !this.#warned) {
      this.#warned = true;
      const fields = { event: 'process.unknown', role: this.role, pid: this.identity.pid, reason: life.unknown };
      this.#logger.warn(fields, 'cannot tell whether the process still lives');
    }
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), this.#delayMs);
    if (this.#kills === 0) this.#timer.unref();
    this.#delayMs = Math.min(this.#delayMs * DELAY_GROWTH, LONGEST_DELAY_MS);
  }

  #letGo(state: 'gone' | 'released'): void {
    if (this.#state !== 'attached') return;
    this.#state = state;
    clearTimeout(this.#timer);
    this.#pin?.close();
  }
}
