import type { Duplex } from 'node:stream';
import type { DriverCapabilities, ProcessIdentity } from '../contract/index.ts';
import type { Evidence, VmError } from '../errors/index.ts';
import type { VmExit } from '../state/index.ts';
import type { JsonObject } from '../util/json.ts';
import type { SubscribeOptions } from './runtime/event-hub.ts';
import type { EndState } from './runtime/exit-verdict.ts';
import { operate, operateMachine, pause, resume, unsupported } from './runtime/operations.ts';
import type { VmEvent } from './runtime/vm-event.ts';
import type { VmRuntime } from './runtime/vm-runtime.ts';
import { takeSnapshot } from './snapshot/snapshot.ts';
import type { SnapshotOptions } from './snapshot/snapshot-options.ts';
import { finalResult, kill, stop } from './stop/stop.ts';
import type { StopOptions, StopResult } from './stop/stop-result.ts';
import type { LogFiles, StateView, VmHandle } from './vm-handle.ts';
import type { VmKey } from './vm-key.ts';

/** A VM that is in this controller's own hands. */
export class LocalVm implements VmHandle {
  readonly #runtime: VmRuntime;

  constructor(runtime: VmRuntime) {
    this.#runtime = runtime;
  }

  get key(): VmKey {
    return this.#runtime.key;
  }

  get instanceId(): string {
    return this.#runtime.instanceId;
  }

  get driver(): string {
    return this.#runtime.driver.id;
  }

  get capabilities(): DriverCapabilities {
    return this.#runtime.driver.capabilities;
  }

  get process(): ProcessIdentity | null {
    return this.#runtime.machineOrNull?.process ?? null;
  }

  get cell(): StateView {
    return this.#runtime.cell;
  }

  get files(): LogFiles {
    const { layout, record } = this.#runtime.files;
    return { serialLog: record.spec.serialLog, serialFrom: record.console.offset, vmmLog: layout.vmmLog };
  }

  get detached(): boolean {
    return this.#runtime.detached;
  }

  get parted(): AbortSignal {
    return this.#runtime.life.parted;
  }

  get gone(): Promise<void> {
    return this.#runtime.life.gone.promise;
  }

  get exit(): Promise<VmExit | null> {
    return this.#runtime.life.ended.promise.then(({ state }) => state.exit);
  }

  /** How the VM has ended, once everything is cleaned up; never rejects. */
  async end(): Promise<{ readonly state: EndState; readonly result: StopResult }> {
    const { state } = await this.#runtime.life.ended.promise;
    return { state, result: await finalResult(this.#runtime) };
  }

  /** Whether it is over with the VM in this controller, or about to be: those who wait for an answer will hear why. */
  get leaving(): boolean {
    return this.#runtime.life.over.aborted;
  }

  /** Calls `listener` at each event from now on, before anything else happens. Returns what takes it away again. */
  listen(listener: (event: VmEvent) => void): () => void {
    return this.#runtime.news.listen(listener);
  }

  stop(options: StopOptions): Promise<StopResult> {
    return stop(this.#runtime, options);
  }

  kill(): Promise<StopResult> {
    return kill(this.#runtime);
  }

  pause(signal: AbortSignal | undefined): Promise<void> {
    return pause(this.#runtime, signal);
  }

  resume(signal: AbortSignal | undefined): Promise<void> {
    return resume(this.#runtime, signal);
  }

  snapshot(directory: string, options: SnapshotOptions): Promise<void> {
    return takeSnapshot(this.#runtime, directory, options);
  }

  vsock(port: number, callers: AbortSignal | undefined): Promise<Duplex> {
    return operate(this.#runtime, 'vsock', callers, (signal) => {
      const { machine } = this.#runtime;
      if (!this.capabilities.vsock || machine.vsock === undefined) throw unsupported(this.#runtime, 'vsock');
      return machine.vsock(port, { signal });
    });
  }

  operate(name: string, args: JsonObject, signal: AbortSignal | undefined): Promise<JsonObject> {
    return operateMachine(this.#runtime, name, args, signal);
  }

  events(options: SubscribeOptions): AsyncIterableIterator<VmEvent> {
    const { news, cell } = this.#runtime;
    return news.hub.subscribe([{ type: 'state', at: news.now(), state: cell.current }], options);
  }

  evidence(stage: string, elapsedMs: number): Promise<Evidence> {
    return this.#runtime.evidence(stage, elapsedMs);
  }

  invalidState(operation: string, cause?: unknown): VmError<'INVALID_STATE'> {
    return this.#runtime.invalidState(operation, cause);
  }
}
