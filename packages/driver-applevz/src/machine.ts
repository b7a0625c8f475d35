import type { Duplex } from 'node:stream';
import {
  type AbortOptions,
  type JsonObject,
  type Machine,
  type MachineExit,
  type MachineState,
  type ProcessIdentity,
  VmError,
} from '@vmrs/core/driver';
import { connectHybridVsock, within } from '@vmrs/driver-kit';
import { formatFailure } from './control/format-failure.ts';
import type { HostEvent, HowItEnded } from './control/protocol.ts';
import { DRIVER, messageOf, unsupported } from './errors.ts';
import { machineExit } from './exit-reason.ts';
import type { MachineParts } from './machine-parts.ts';
import { machineState } from './machine-state.ts';
import { operate } from './operations/operate.ts';
import { saveSnapshot } from './snapshot/save.ts';
import { hostSockets } from './sockets.ts';

/** An answer may be lost when the host ends; then it is gone within this time. */
const END_MS = 2_000;

/** One machine of Virtualization.framework, through its host. */
export class AppleVzMachine implements Machine {
  readonly process: ProcessIdentity | null;
  readonly exited: Promise<MachineExit>;
  readonly #parts: MachineParts;
  #lastState: MachineState = 'running';
  #ended: HowItEnded | null = null;
  #asked = false;

  /** Takes over a host whose machine runs. */
  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.process = parts.process?.identity ?? null;
    this.exited = this.#watchExit();
    parts.events.onEvent((event) => this.#onEvent(event));
  }

  async state(options: AbortOptions = {}): Promise<MachineState> {
    const { link, spec, context } = this.#parts;
    try {
      const { state } = await link.call('state', {}, options);
      const known = machineState(state);
      if (known === null) {
        const words = 'the framework is between two states, or in one that this driver does not know';
        context.logger.debug({ event: 'applevz.state', state, last: this.#lastState }, words);
        return this.#lastState;
      }
      this.#lastState = known;
      return known;
    } catch (error) {
      options.signal?.throwIfAborted();
      const detail = messageOf(error);
      throw new VmError('STATE_FAILED', { vm: spec.name, driver: DRIVER, detail, details: {}, cause: error });
    }
  }

  async requestStop(options: AbortOptions = {}): Promise<void> {
    await this.#parts.link.call('request-stop', {}, options);
  }

  async terminate(options: AbortOptions = {}): Promise<void> {
    const { link, context } = this.#parts;
    this.#asked = true;
    try {
      await link.call('stop', {}, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      // It may be gone before its answer is on the way.
      if (!(await within(this.exited, END_MS, context.clock))) throw error;
    }
  }

  async kill(): Promise<void> {
    this.#asked = true;
    await this.#parts.kill();
  }

  async pause(options: AbortOptions = {}): Promise<void> {
    await this.#change('pause', 'paused', options);
  }

  async resume(options: AbortOptions = {}): Promise<void> {
    await this.#change('resume', 'running', options);
  }

  async snapshot(directory: string, options: AbortOptions = {}): Promise<JsonObject> {
    return saveSnapshot(this.#parts, directory, options);
  }

  async vsock(port: number, options: AbortOptions = {}): Promise<Duplex> {
    const { spec, context } = this.#parts;
    if (!spec.vsock) {
      const advice = 'it was started without vsock; set vsock in its configuration';
      throw unsupported(spec.name, 'vsock', 'vsock', advice);
    }
    return connectHybridVsock(hostSockets(context.paths).vsock, port, DRIVER, options);
  }

  async operate(name: string, args: JsonObject, options: AbortOptions = {}): Promise<JsonObject> {
    return operate(this.#parts, name, args, options);
  }

  async detach(): Promise<void> {
    const { link, process } = this.#parts;
    // A machine in this process ends with it: core stops it before it lets go.
    link.close();
    process?.release();
  }

  /** The framework refuses what is so already; for us that is success. */
  async #change(op: 'pause' | 'resume', wanted: MachineState, options: AbortOptions): Promise<void> {
    try {
      await this.#parts.link.call(op, {}, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (this.#ended !== null || (await this.state(options)) !== wanted) throw error;
    }
  }

  #onEvent(event: HostEvent): void {
    const { context } = this.#parts;
    switch (event.event) {
      case 'paused':
      case 'resumed':
        context.notify({ type: event.event });
        break;
      case 'panicked':
        context.notify({ type: 'panicked', detail: event.detail });
        break;
      case 'network-disconnected': {
        const nic = event.index < 0 ? 'a network interface' : `networks[${event.index}]`;
        const fields = { event: 'applevz.network', index: event.index, failure: event.failure };
        context.logger.warn(fields, `${nic} lost its other end: ${formatFailure(event.failure)}`);
        break;
      }
      case 'ended':
        this.#ended = event.how;
        break;
    }
  }

  async #watchExit(): Promise<MachineExit> {
    const { process, link, context } = this.#parts;
    if (process !== null) {
      const exit = await process.exited;
      // It has said everything before; what is on its way still comes.
      await within(link.closed, END_MS, context.clock);
      link.close();
      return machineExit(exit, this.#ended, this.#asked);
    }
    await link.closed;
    return machineExit({ code: null, signal: null, known: true }, this.#ended, this.#asked);
  }
}
