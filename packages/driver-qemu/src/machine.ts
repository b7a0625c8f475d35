import { appendFile } from 'node:fs/promises';
import type { Duplex } from 'node:stream';
import {
  type AbortOptions,
  type BootSpec,
  type DriverContext,
  type JsonObject,
  type Machine,
  type MachineExit,
  type MachineState,
  type ProcessIdentity,
  VmError,
  type VmProcess,
} from '@vmrs/core/driver';
import { connectHybridVsock, type PanicWatch, type Sidecar, within } from '@vmrs/driver-kit';
import type { QmpConnection } from './control/qmp-connection.ts';
import { isObject, type QmpEvent, textOf } from './control/qmp-message.ts';
import type { ControlData } from './control-data.ts';
import { messageOf, unsupported } from './errors.ts';
import { machineExit, readShutdown, type Shutdown } from './exit-reason.ts';
import { machineState } from './run-state.ts';
import { vsockPath } from './sidecars/vsock.ts';
import { saveSnapshot } from './snapshot/save.ts';
import { refuseUnsavable } from './snapshot/unsavable.ts';

/** The end of QEMU's process and that of its connection arrive in either order, this far apart at most. */
const LAST_WORDS_MS = 1_000;

/** A helper that sees QEMU end, ends too; within this time it is QEMU's end that counts. */
const SIDECAR_GRACE_MS = 500;

/** What a machine is made of. */
export interface MachineParts {
  readonly spec: BootSpec;
  readonly context: DriverContext;
  readonly process: VmProcess;
  readonly monitor: QmpConnection;
  readonly control: ControlData;
  /** Begun before the guest was started, where this controller started it. */
  readonly panics: PanicWatch;
  /** Helpers that were started with it. */
  readonly sidecars: readonly Sidecar[];
}

/** One QEMU with its monitor. */
export class QemuMachine implements Machine {
  readonly process: ProcessIdentity;
  readonly exited: Promise<MachineExit>;
  readonly #parts: MachineParts;
  #shutdown: Shutdown | null = null;
  #panicked = false;
  #detached = false;

  /** Takes over a QEMU that answers on its monitor. */
  constructor(parts: MachineParts) {
    this.#parts = parts;
    this.process = parts.process.identity;
    parts.monitor.onEvent((event) => this.#onEvent(event));
    this.exited = this.#watchExit();
    for (const sidecar of parts.sidecars) void this.#watchSidecar(sidecar);
  }

  async state(options: AbortOptions = {}): Promise<MachineState> {
    try {
      const status = await this.#parts.monitor.execute('query-status', undefined, options);
      const runState = isObject(status) ? (textOf(status, 'status') ?? '') : '';
      const state = machineState(runState);
      if (state !== undefined) return state;
      throw this.#stateFailed(`QEMU is in a run state that this driver does not know: '${runState}'`);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof VmError && error.code === 'STATE_FAILED') throw error;
      throw this.#stateFailed(messageOf(error), error);
    }
  }

  async requestStop(options: AbortOptions = {}): Promise<void> {
    await this.#execute('system_powerdown', options);
  }

  async terminate(options: AbortOptions = {}): Promise<void> {
    const { monitor } = this.#parts;
    try {
      await this.#execute('quit', options);
    } catch (error) {
      options.signal?.throwIfAborted();
      // It may be gone before its answer is on the way.
      if (monitor.isOpen || this.#shutdown === null) throw error;
    }
  }

  async kill(): Promise<void> {
    const { process, sidecars } = this.#parts;
    await process.kill();
    await Promise.all(sidecars.map((sidecar) => sidecar.process.kill()));
  }

  async pause(options: AbortOptions = {}): Promise<void> {
    await this.#execute('stop', options);
  }

  async resume(options: AbortOptions = {}): Promise<void> {
    await this.#execute('cont', options);
  }

  async snapshot(directory: string, options: AbortOptions = {}): Promise<JsonObject> {
    const { spec, context, monitor, control } = this.#parts;
    refuseUnsavable(spec);
    return saveSnapshot(
      {
        ...{
          vm: spec.name,
          monitor,
          process: this.process,
          memoryMb: spec.memoryMb,
          clock: context.clock,
          logger: context.logger,
        },
        ...{ runtimeDir: context.paths.runtimeDir, sharedMemory: control.sharedMemory },
        ...{ hardware: control.hardware, macs: control.macs },
      },
      directory,
      options,
    );
  }

  async vsock(port: number, options: AbortOptions = {}): Promise<Duplex> {
    const { spec, context } = this.#parts;
    if (!spec.vsock)
      throw unsupported(spec.name, 'vsock', 'vsock', 'it was started without vsock; set vsock in its configuration');
    return connectHybridVsock(vsockPath(context.paths.runtimeDir), port, 'qemu', options);
  }

  async detach(): Promise<void> {
    const { monitor, process, sidecars } = this.#parts;
    this.#detached = true;
    monitor.close();
    process.release();
    for (const sidecar of sidecars) sidecar.process.release();
  }

  async #execute(command: string, options: AbortOptions): Promise<void> {
    await this.#parts.monitor.execute(command, undefined, options);
  }

  #onEvent(event: QmpEvent): void {
    const { context } = this.#parts;
    context.logger.trace({ event: 'qmp.event', name: event.name, data: event.data }, 'QMP event');
    switch (event.name) {
      case 'SHUTDOWN':
        this.#shutdown = readShutdown(event);
        break;
      case 'RESET':
        context.notify({ type: 'reset' });
        void this.#onReset();
        break;
      case 'GUEST_PANICKED':
        this.#panicked = true;
        context.notify({ type: 'panicked' });
        break;
      case 'STOP':
        // QEMU also stops the vCPUs on the way to its end, which nobody should take for a pause.
        if (this.#shutdown === null && !this.#panicked) context.notify({ type: 'paused' });
        break;
      case 'RESUME':
        context.notify({ type: 'resumed' });
        break;
      case 'BLOCK_IO_ERROR':
        context.logger.warn(
          { event: 'qemu.io-error', ...event.data },
          'a disk of the VM failed; QEMU may have paused it',
        );
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
      // As with a panic notifier: a guest that panicked ends, it does not start over.
      await this.terminate();
    } catch (error) {
      context.logger.warn(
        { event: 'qemu.panic-watch', err: error },
        'cannot tell whether the guest panicked before its reset',
      );
    }
  }

  async #watchExit(): Promise<MachineExit> {
    const { process, monitor, context } = this.#parts;
    const exit = await process.exited;
    await within(monitor.closed, LAST_WORDS_MS, context.clock);
    return machineExit(exit, this.#shutdown, this.#panicked);
  }

  /** A guest whose device has lost its other half hangs in the middle of I/O; better that its VM ends with a reason. */
  async #watchSidecar({ process: sidecar, serves }: Sidecar): Promise<void> {
    const { process, context } = this.#parts;
    const { code, signal, known } = await sidecar.exited;
    const qemuEnded = await within(process.exited, SIDECAR_GRACE_MS, context.clock);
    if (qemuEnded || this.#detached || this.#shutdown !== null) return;
    const how = known ? ` with ${signal ?? `code ${code}`}` : '';
    const words = `${sidecar.role}, which serves ${serves}, ended${how}; the VM cannot go on without it`;
    try {
      await appendFile(context.paths.vmmLog, `vmrs: ${words}\n`);
      await process.kill();
    } catch (error) {
      context.logger.error({ event: 'qemu.sidecar', err: error }, words);
    }
  }

  #stateFailed(detail: string, cause?: unknown): VmError<'STATE_FAILED'> {
    const rest = cause === undefined ? {} : { cause };
    return new VmError('STATE_FAILED', { vm: this.#parts.spec.name, driver: 'qemu', detail, details: {}, ...rest });
  }
}
