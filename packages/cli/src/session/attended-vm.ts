import { isEnded, type StopOptions, type Vm, type VmManager } from '@vmrs/core';
import { EXIT, exitCodeOfEnd } from '../errors/exit-codes.ts';
import type { Interrupts } from '../io/interrupts.ts';
import type { Progress } from '../io/progress.ts';
import { formatDuration } from '../io/time.ts';
import { endView } from '../json/views.ts';
import type { Cli } from './cli.ts';
import { ConsoleFeed } from './console-feed.ts';
import { endSentence } from './end-sentence.ts';
import type { RunOptions } from './run-options.ts';
import { viewOf } from './view-of.ts';

/** How a VM is attended. */
export interface AttendedOptions {
  readonly options: RunOptions;
  readonly interrupts: Interrupts;
  readonly progress: Progress;
  /** When its boot began, by `performance.now()`. */
  readonly since: number;
  /** Whether a command runs in the guest, whose end ends the VM. */
  readonly command: boolean;
  /** Whether it is the small guest. */
  readonly guest: boolean;
}

const READY_MS = 60_000;
/** A fresh guest under emulation on a busy machine. */
const GUEST_READY_MS = 180_000;

/** A VM that was just booted, from there to its end, or to where it is left to itself. */
export class AttendedVm {
  readonly #cli: Cli;
  readonly #vms: VmManager;
  readonly #vm: Vm;
  readonly #how: AttendedOptions;
  readonly #stop: StopOptions;
  /** Rejects when it cannot be ended. */
  readonly #stuck: PromiseWithResolvers<never> = Promise.withResolvers();

  constructor(cli: Cli, vms: VmManager, vm: Vm, how: AttendedOptions) {
    this.#cli = cli;
    this.#vms = vms;
    this.#vm = vm;
    this.#how = how;
    const { grace } = how.options;
    this.#stop = grace === undefined ? {} : { graceMs: grace };
    // Told to whoever waits for the end by then.
    this.#stuck.promise.catch(() => undefined);
    how.interrupts.handle((count) => this.#interrupted(count));
    // One that came while the boot was being finished.
    if (this.#isInterrupted) this.#interrupted(1);
  }

  /** Resolves when the VM has ended, or is ready and left to itself. Throws what keeps it from becoming ready; it is stopped then. */
  async toItsEnd(): Promise<void> {
    const detach = this.#how.options.detach === true;
    const feed = detach ? null : this.#feed();
    const unready = await this.#untilReady();
    if (unready !== null && !this.#isInterrupted) {
      this.#how.progress.stage(`stopping ${this.#vm.name}`);
      await this.#vm.stop(this.#stop);
      await feed?.done;
      throw unready;
    }
    if (detach && !isEnded(this.#vm.state) && !this.#isInterrupted) return this.#leave();
    await Promise.race([this.#vm.exit, this.#stuck.promise]);
    await feed?.done;
    this.#tellEnd(feed?.commandExit ?? null);
  }

  get #isInterrupted(): boolean {
    return this.#how.interrupts.first !== null;
  }

  /** Waits until it is ready, and says so. Returns why it is not, or null. */
  async #untilReady(): Promise<unknown> {
    const { options, progress, since, guest } = this.#how;
    const { name } = this.#vm;
    const hint = options.detach === true ? '' : '; Ctrl-C stops it, twice kills it';
    if (!options.wait) {
      progress.done(`${name} is running${hint}`);
      return null;
    }
    progress.stage(`waiting until ${name} is ready`);
    try {
      const timeoutMs = options.timeout ?? (guest ? GUEST_READY_MS : READY_MS);
      const { ip } = await this.#vm.ready({ timeoutMs });
      const took = formatDuration(performance.now() - since);
      if (!this.#isInterrupted) progress.done(`${name} is ready at ${ip} after ${took}${hint}`);
      if (options.detach !== true) this.#tellJson();
      return null;
    } catch (error) {
      return error;
    }
  }

  #feed(): ConsoleFeed {
    const { options, progress, command } = this.#how;
    const { screen } = this.#cli;
    const shown = options.console && !screen.json;
    this.#cli.consoleShown = shown;
    return new ConsoleFeed(this.#vm, shown ? screen : null, progress, command ? () => this.#end() : null);
  }

  async #leave(): Promise<void> {
    const { screen } = this.#cli;
    const { name } = this.#vm;
    const view = await viewOf(this.#vms, this.#vm);
    screen.result(view, () => name);
    screen.note(`it runs on: vmrs logs -f ${name}, vmrs stop ${name}`);
  }

  #interrupted(count: number): void {
    const { progress } = this.#how;
    const { name } = this.#vm;
    if (count === 1) {
      progress.stage(`stopping ${name}: Ctrl-C again kills it`);
      this.#end();
    } else if (count === 2) {
      progress.stage(`killing ${name}`);
      this.#vm.kill().catch(this.#stuck.reject);
    } else {
      this.#stuck.reject(new Error(`${name} is left as it is: it was to be killed, and that took too long`));
    }
  }

  #end(): void {
    this.#vm.stop(this.#stop).catch(this.#stuck.reject);
  }

  /** Says how it ended, and sets the exit code. */
  #tellEnd(commandExit: number | null): void {
    const { state, name } = this.#vm;
    if (!isEnded(state)) return;
    this.#tellJson();
    this.#how.progress.done(`${name} ${endSentence(state)}`, state.status === 'stopped' ? 'good' : 'bad');
    const ofVm = exitCodeOfEnd(state);
    this.#cli.exitCode = ofVm === EXIT.ok && commandExit !== null ? commandExit : ofVm;
  }

  #tellJson(): void {
    const { screen } = this.#cli;
    if (screen.json) screen.print(JSON.stringify(endView(this.#vm)));
  }
}
