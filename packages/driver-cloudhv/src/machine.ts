import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
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
import { connectHybridVsock, type Sidecar, within } from '@vmrs/driver-kit';
import { VSOCK_SOCKET } from './config/plan-boot.ts';
import { refusedWith } from './control/api-words.ts';
import type { ApiEvent } from './control/event-parser.ts';
import { DRIVER, messageOf, unsupported } from './errors.ts';
import { machineExit, readLastWord } from './exit-reason.ts';
import type { MachineParts } from './machine-parts.ts';
import { operate } from './operations/operate.ts';
import { saveSnapshot } from './snapshot/save.ts';

/** An answer may be lost when the process ends; then it is gone within this time. */
const END_MS = 2_000;

/** A daemon that sees Cloud Hypervisor end, ends too; within this time it is Cloud Hypervisor's end that counts. */
const SIDECAR_GRACE_MS = 500;

/** One Cloud Hypervisor with its API. */
export class CloudHvMachine implements Machine {
  readonly process: ProcessIdentity;
  readonly exited: Promise<MachineExit>;
  readonly #parts: MachineParts;
  #panicked = false;
  #terminated = false;
  #detached = false;

  /** Takes over a Cloud Hypervisor that answers. */
  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.process = parts.process.identity;
    parts.events.onEvent((event) => this.#onEvent(event));
    parts.daemons.onDeath((sidecar) => void this.#onDaemonDeath(sidecar));
    this.exited = this.#watchExit();
  }

  async state(options: AbortOptions = {}): Promise<MachineState> {
    try {
      const { state } = await this.#parts.api.info(options);
      switch (state) {
        case 'Running':
          return 'running';
        case 'Paused':
          return 'paused';
        // It is shown so before the boot, during which nobody asks, and again once the VM was shut down.
        case 'Created':
        case 'Shutdown':
          return 'stopped';
        default:
          throw this.#stateFailed(`Cloud Hypervisor is in a state that this driver does not know: '${String(state)}'`);
      }
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof VmError && error.code === 'STATE_FAILED') throw error;
      if (refusedWith(error, /VM is not created/i)) return 'stopped';
      throw this.#stateFailed(messageOf(error), error);
    }
  }

  async requestStop(options: AbortOptions = {}): Promise<void> {
    await this.#parts.api.put('vm.power-button', undefined, options);
  }

  async terminate(options: AbortOptions = {}): Promise<void> {
    const { api, process, context } = this.#parts;
    this.#terminated = true;
    try {
      await api.put('vmm.shutdown', undefined, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      // It may be gone before its answer is on the way.
      if (!(await within(process.exited, END_MS, context.clock))) throw error;
    }
  }

  async kill(): Promise<void> {
    const { process, daemons } = this.#parts;
    await process.kill();
    await daemons.kill();
  }

  async pause(options: AbortOptions = {}): Promise<void> {
    await this.#change('vm.pause', 'paused', options);
  }

  async resume(options: AbortOptions = {}): Promise<void> {
    await this.#change('vm.resume', 'running', options);
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
    return connectHybridVsock(join(context.paths.runtimeDir, VSOCK_SOCKET), port, DRIVER, options);
  }

  async operate(name: string, args: JsonObject, options: AbortOptions = {}): Promise<JsonObject> {
    return operate(this.#parts, name, args, options);
  }

  async detach(): Promise<void> {
    const { api, events, process, daemons, letGo } = this.#parts;
    this.#detached = true;
    api.close();
    events.close();
    letGo();
    process.release();
    daemons.release();
  }

  /** Cloud Hypervisor refuses what is so already; for us that is success. */
  async #change(endpoint: string, wanted: MachineState, options: AbortOptions): Promise<void> {
    try {
      await this.#parts.api.put(endpoint, undefined, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (!refusedWith(error, /invalid VM state transition/i)) throw error;
      if ((await this.state(options)) !== wanted) throw error;
    }
  }

  #onEvent({ source, event, properties }: ApiEvent): void {
    const { context } = this.#parts;
    context.logger.trace({ event: 'cloudhv.event', source, name: event, properties }, 'Cloud Hypervisor event');
    switch (`${source}.${event}`) {
      case 'vm.paused':
        context.notify({ type: 'paused' });
        break;
      case 'vm.resumed':
        context.notify({ type: 'resumed' });
        break;
      case 'vm.rebooting':
        context.notify({ type: 'reset' });
        void this.#onReset();
        break;
      case 'guest.panic':
        this.#panicked = true;
        context.notify({ type: 'panicked' });
        void this.#endPanicked();
        break;
      default:
        break;
    }
  }

  async #onReset(): Promise<void> {
    const { context, panics } = this.#parts;
    try {
      const detail = await panics.atReset();
      if (detail === null) return;
      this.#panicked = true;
      context.notify({ type: 'panicked', detail });
      await this.#endPanicked();
    } catch (error) {
      context.logger.warn(
        { event: 'cloudhv.panic-watch', err: error },
        'cannot tell whether the guest panicked before its reset',
      );
    }
  }

  /** A guest that panicked ends, it does not start over. */
  async #endPanicked(): Promise<void> {
    const { context, process } = this.#parts;
    try {
      await this.terminate();
    } catch (error) {
      context.logger.warn({ event: 'cloudhv.panicked', err: error }, 'a guest that panicked is ended by force');
      await process.kill();
    }
  }

  async #watchExit(): Promise<MachineExit> {
    const { process, events, context, control, api, daemons, letGo } = this.#parts;
    const exit = await process.exited;
    // It wrote them before it ended; failing to read them leaves the exit code.
    const lastWord = await Promise.all([events.drain(), readLastWord(context.paths.vmmLog, control.logStart)]).then(
      ([, word]) => word,
      () => null,
    );
    events.close();
    api.close();
    letGo();
    // Once connected again, it would wait for ever.
    await daemons.kill().catch((error: unknown) => {
      context.logger.warn({ event: 'cloudhv.daemons', err: error }, 'a helper of a VM that has ended cannot be ended');
    });
    return machineExit(exit, { panicked: this.#panicked, terminated: this.#terminated, lastWord });
  }

  /** A guest whose device has lost its other half hangs in the middle of I/O; better that its VM ends with a reason. */
  async #onDaemonDeath({ process: daemon, serves }: Sidecar): Promise<void> {
    const { process, context } = this.#parts;
    const { code, signal, known } = await daemon.exited;
    if ((await within(process.exited, SIDECAR_GRACE_MS, context.clock)) || this.#detached || this.#terminated) return;
    const how = known ? ` with ${signal ?? `code ${code}`}` : '';
    const words = `${daemon.role}, which serves ${serves}, ended${how}; the VM cannot go on without it`;
    try {
      await appendFile(context.paths.vmmLog, `vmrs: ${words}\n`);
      await process.kill();
    } catch (error) {
      context.logger.error({ event: 'cloudhv.sidecar', err: error }, words);
    }
  }

  #stateFailed(detail: string, cause?: unknown): VmError<'STATE_FAILED'> {
    const rest = cause === undefined ? {} : { cause };
    return new VmError('STATE_FAILED', { vm: this.#parts.spec.name, driver: DRIVER, detail, details: {}, ...rest });
  }
}
