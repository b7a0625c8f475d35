import { isEnded, type Keep, type Lifetime, type StopOptions, type Vm, type VmManager } from '@vmrs/core';
import type { VmRequest } from '../config/vm-request.ts';
import { EXIT, exitCodeOfEnd } from '../errors/exit-codes.ts';
import { failureOf } from '../errors/failure.ts';
import { Interrupts } from '../io/interrupts.ts';
import { Progress } from '../io/progress.ts';
import { formatDuration } from '../io/time.ts';
import { endView, vmView } from '../json/views.ts';
import type { Cli } from './cli.ts';
import { ConsoleFeed } from './console-feed.ts';
import { endSentence } from './end-sentence.ts';
import type { GlobalOptions } from './global-options.ts';
import { openToBoot } from './open-manager.ts';
import { startVm } from './start-vm.ts';

/** The flags of `run` that do not describe the VM. */
export interface RunOptions extends GlobalOptions {
  readonly detach?: boolean;
  readonly keep?: Keep;
  readonly lifetime?: Lifetime;
  readonly wait: boolean;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Milliseconds. */
  readonly grace?: number;
  readonly console: boolean;
}

const READY_MS = 60_000;
/** A fresh guest under emulation on a busy machine. */
const GUEST_READY_MS = 180_000;

/** Boots what was asked for, and, unless it is to be left running, stays with it until it has ended. Sets the exit code. */
export async function runVm(cli: Cli, options: RunOptions, request: VmRequest): Promise<void> {
  using interrupts = new Interrupts();
  using progress = new Progress(cli.screen);
  try {
    const { driver = request.extras.driver, keep = request.extras.keep } = options;
    progress.stage('looking for a driver');
    const { signal } = interrupts;
    await using vms = await openToBoot(
      cli,
      { ...options, ...(driver === undefined ? {} : { driver }) },
      { signal, ...(keep === undefined ? {} : { keep }) },
    );
    progress.stage(`driver: ${vms.driver.id}`);
    const { namespace } = options;
    const whole = { ...request, config: { namespace, ...request.config } };
    const { lifetime } = options;
    const since = performance.now();
    const vm = await startVm(whole, { vms, progress, signal, ...(lifetime === undefined ? {} : { lifetime }) });
    await new Run(cli, vm, {
      options,
      interrupts,
      progress,
      since,
      command: request.extras.guest?.command !== undefined,
      guest: request.extras.guest !== undefined,
    }).toItsEnd(vms);
  } catch (error) {
    if (interrupts.first === null || (failureOf(error).code !== 'ABORTED' && failureOf(error).code !== 'GUEST'))
      throw error;
    progress.done('given up; nothing was left behind', 'warning');
    cli.exitCode = interrupts.first === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
  }
}

interface RunParts {
  readonly options: RunOptions;
  readonly interrupts: Interrupts;
  readonly progress: Progress;
  /** When the boot began. */
  readonly since: number;
  /** Whether a command runs in the guest, whose end ends the VM. */
  readonly command: boolean;
  /** Whether it is the small guest. */
  readonly guest: boolean;
}

/** One VM from its boot to its end, or to where it is left to itself. */
class Run {
  readonly #cli: Cli;
  readonly #vm: Vm;
  readonly #parts: RunParts;
  readonly #stop: StopOptions;

  constructor(cli: Cli, vm: Vm, parts: RunParts) {
    this.#cli = cli;
    this.#vm = vm;
    this.#parts = parts;
    const { grace } = parts.options;
    this.#stop = grace === undefined ? {} : { graceMs: grace };
    parts.interrupts.handle((count) => this.#interrupted(count));
    // One that came while the boot was being finished.
    if (parts.interrupts.first !== null) this.#interrupted(1);
  }

  async toItsEnd(vms: VmManager): Promise<void> {
    const { options } = this.#parts;
    const detach = options.detach === true;
    const feed = detach ? null : this.#feed();
    const ready = await this.#ready();
    if (ready !== null && this.#parts.interrupts.first === null) {
      this.#parts.progress.stage(`stopping ${this.#vm.name}`);
      await this.#vm.stop(this.#stop);
      await feed?.done;
      throw ready;
    }
    if (detach && !isEnded(this.#vm.state) && this.#parts.interrupts.first === null) return this.#leave(vms);
    await this.#vm.exit;
    await feed?.done;
    this.#told(feed?.commandExit ?? null);
  }

  /** Waits until it is ready, and says so. Returns why it is not. */
  async #ready(): Promise<unknown> {
    const { options, progress, since, guest } = this.#parts;
    const { name } = this.#vm;
    const hint = options.detach === true ? '' : '; Ctrl-C stops it, twice kills it';
    if (!options.wait) {
      progress.done(`${name} is running${hint}`);
      return null;
    }
    progress.stage(`waiting until ${name} is ready`);
    try {
      const { ip } = await this.#vm.ready({ timeoutMs: options.timeout ?? (guest ? GUEST_READY_MS : READY_MS) });
      progress.done(`${name} is ready at ${ip} after ${formatDuration(performance.now() - since)}${hint}`);
      this.#cli.screen.json && options.detach !== true && this.#cli.screen.print(JSON.stringify(endView(this.#vm)));
      return null;
    } catch (error) {
      return error;
    }
  }

  #feed(): ConsoleFeed {
    const { options, progress, command } = this.#parts;
    const shown = options.console && !this.#cli.screen.json;
    return new ConsoleFeed(
      this.#vm,
      shown ? this.#cli.screen : null,
      progress,
      command ? () => void this.#end() : null,
    );
  }

  async #leave(vms: VmManager): Promise<void> {
    const { screen } = this.#cli;
    const { namespace, name } = this.#vm;
    const summary = (await vms.list()).find((found) => found.namespace === namespace && found.name === name);
    if (summary !== undefined && screen.json) screen.print(JSON.stringify({ ...vmView(summary), ownerPid: null }));
    else screen.print(name);
    screen.note(`it runs on: vmrs logs -f ${name}, vmrs stop ${name}`);
  }

  #interrupted(count: number): void {
    const { progress } = this.#parts;
    const { name } = this.#vm;
    if (count === 1) {
      progress.clear();
      progress.stage(`stopping ${name}: Ctrl-C again kills it`);
      void this.#end();
    } else if (count === 2) {
      progress.stage(`killing ${name}`);
      this.#vm.kill().catch((error: unknown) => this.#cannotEnd(error));
    }
  }

  async #end(): Promise<void> {
    await this.#vm.stop(this.#stop).catch((error: unknown) => this.#cannotEnd(error));
  }

  #cannotEnd(error: unknown): void {
    this.#cli.screen.complain(failureOf(error).message);
  }

  /** Says how it ended, and sets the exit code. */
  #told(commandExit: number | null): void {
    const { screen } = this.#cli;
    const { state, name } = this.#vm;
    if (!isEnded(state)) return;
    if (screen.json) screen.print(JSON.stringify(endView(this.#vm)));
    this.#parts.progress.done(`${name} ${endSentence(state)}`, state.status === 'stopped' ? 'good' : 'bad');
    const ofVm = exitCodeOfEnd(state);
    this.#cli.exitCode = ofVm === EXIT.ok && commandExit !== null ? commandExit : ofVm;
  }
}
