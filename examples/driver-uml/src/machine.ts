import {
  type AbortOptions,
  type DriverContext,
  type Machine,
  type MachineExit,
  type MachineState,
  type ProcessIdentity,
  VmError,
  type VmProcess,
} from '@vmrs/core/driver';
import { within } from '@vmrs/driver-kit';
import type { Mconsole } from './control/mconsole.ts';
import { watchResets } from './control/socket-watch.ts';
import { toControl } from './control-data.ts';
import { DRIVER } from './driver-id.ts';

/** An answer may be lost when the kernel ends; then it is gone within this time. */
const END_MS = 2_000;

/** What a machine is made of. */
export interface MachineParts {
  readonly kernel: VmProcess;
  readonly mconsole: Mconsole;
  readonly socket: string;
  readonly context: DriverContext;
  readonly paused: boolean;
}

/** One kernel that answers. */
export class UmlMachine implements Machine {
  readonly process: ProcessIdentity;
  readonly exited: Promise<MachineExit>;
  readonly #parts: MachineParts;
  readonly #unwatch: () => void;
  #paused: boolean;
  #terminated = false;
  #gone = false;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.#paused = parts.paused;
    this.process = parts.kernel.identity;
    this.#unwatch = watchResets(parts.socket, () => parts.context.notify({ type: 'reset' }));
    this.exited = this.#ended();
  }

  async state(options: AbortOptions = {}): Promise<MachineState> {
    if (this.#gone) return 'stopped';
    try {
      await this.#parts.mconsole.say('version', options);
      return this.#paused ? 'paused' : 'running';
    } catch (error) {
      options.signal?.throwIfAborted();
      const detail = 'the kernel cannot be asked';
      throw new VmError('STATE_FAILED', { driver: DRIVER, detail, details: {}, cause: error });
    }
  }

  async requestStop(options: AbortOptions = {}): Promise<void> {
    await this.#parts.mconsole.say('cad', options);
  }

  async terminate(options: AbortOptions = {}): Promise<void> {
    const { mconsole, kernel, context } = this.#parts;
    this.#terminated = true;
    try {
      await mconsole.say('halt', options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!(await within(kernel.exited, END_MS, context.clock))) throw error;
    }
  }

  pause(options: AbortOptions = {}): Promise<void> {
    return this.#tell('stop', true, options);
  }

  resume(options: AbortOptions = {}): Promise<void> {
    return this.#tell('go', false, options);
  }

  async kill(): Promise<void> {
    await this.#parts.kernel.kill();
    await this.exited;
  }

  async detach(): Promise<void> {
    this.#unwatch();
    this.#parts.kernel.release();
  }

  async #tell(command: 'stop' | 'go', paused: boolean, options: AbortOptions): Promise<void> {
    const { mconsole, socket, context } = this.#parts;
    options.signal?.throwIfAborted();
    await context.remember(toControl({ socket, paused }));
    await mconsole.say(command, options);
    this.#paused = paused;
    context.notify({ type: paused ? 'paused' : 'resumed' });
  }

  async #ended(): Promise<MachineExit> {
    const { code, signal, known } = await this.#parts.kernel.exited;
    this.#unwatch();
    this.#gone = true;
    return { reason: this.#reason(code, signal, known), code, signal };
  }

  /** A kernel that panics aborts itself; one that its guest switches off ends with 0, as one does that is told to halt. */
  #reason(code: number | null, signal: NodeJS.Signals | null, known: boolean): MachineExit['reason'] {
    if (!known) return 'unknown';
    if (signal === 'SIGABRT') return 'panic';
    return code === 0 && !this.#terminated ? 'guest' : 'host';
  }
}
