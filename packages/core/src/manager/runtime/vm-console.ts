import type { MachineExit } from '../../contract/index.ts';
import type { Evidence } from '../../errors/index.ts';
import { type ConsoleWatcher, watchConsole } from '../../readiness/index.ts';
import type { VmExit } from '../../state/index.ts';
import type { VmRecord } from '../../store/index.ts';
import type { Clock } from '../../util/clock.ts';
import { lastLines } from './last-lines.ts';
import type { VmFiles } from './runtime-options.ts';

/** How many of the VMM log's last lines an error carries. */
const LOG_LINES = 20;

/** What {@link VmConsole} works with. */
export interface ConsoleOptions {
  readonly clock: Clock;
  /** What the VM has on disk; null as long as its name is not taken. */
  readonly files: () => VmFiles | null;
  /** Told what cannot be read. That never keeps anything else from happening. */
  readonly warn: (message: string, cause: unknown) => void;
  /** A readiness marker with an address other than the one known was read. */
  readonly onAddress: () => void;
}

/** What one VM says: on its console, watched for readiness, and in its VMM's log. */
export class VmConsole {
  readonly #options: ConsoleOptions;
  #watcher: ConsoleWatcher | null = null;

  constructor(options: ConsoleOptions) {
    this.#options = options;
  }

  /** Begins to watch, from where the output of the boot in `record` begins. */
  async watch({ spec, console: start, ready }: VmRecord): Promise<void> {
    const { clock, warn, onAddress } = this.#options;
    this.#watcher = await watchConsole({
      path: spec.serialLog,
      from: ready?.position ?? start,
      address: ready?.ip ?? null,
      loopback: spec.networks.length === 0,
      clock,
      onAddress,
      onProblem: (error) => warn('the console log cannot be read', error),
    });
  }

  /** The guest's address if it has said in this boot that it is ready. */
  get address(): string | null {
    return this.#watcher?.address ?? null;
  }

  /** Readiness as a record has it; null before anything is watched. */
  get readiness(): VmRecord['ready'] {
    return this.#watcher === null ? null : { ip: this.address, position: this.#watcher.position() };
  }

  /** The last lines. */
  tail(): readonly string[] {
    return this.#watcher?.tail() ?? [];
  }

  /** Reads what is there now. */
  async drain(): Promise<void> {
    await this.#try(async () => this.#watcher?.drain());
  }

  /** The guest was reset: what it has said before does not count any more. */
  async reset(): Promise<void> {
    await this.#try(async () => this.#watcher?.reset());
  }

  /** Ends the watching. */
  async close(): Promise<void> {
    await this.#watcher?.close();
  }

  /** The last lines of the VMM's log; none, with a warning, when it cannot be read. */
  async vmmLog(count: number): Promise<readonly string[]> {
    const files = this.#options.files();
    if (files === null) return [];
    return (await this.#try(() => lastLines(files.layout.vmmLog, count))) ?? [];
  }

  /** What is known for an error. */
  async evidence(stage: string, elapsedMs: number, exit: VmExit | null): Promise<Evidence> {
    const vmmLogTail = await this.vmmLog(LOG_LINES);
    return { stage, elapsedMs: Math.round(elapsedMs), exit, consoleTail: this.tail(), vmmLogTail };
  }

  /** The line that tells most about an end: the kernel's own about a panic, else the VMM's last. */
  async lastWords(exit: MachineExit): Promise<string | undefined> {
    if (exit.reason === 'panic') return this.tail().findLast((line) => line.includes('Kernel panic'));
    return (await this.vmmLog(1)).at(-1);
  }

  async #try<T>(read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      this.#options.warn('a log cannot be read', error);
      return undefined;
    }
  }
}
