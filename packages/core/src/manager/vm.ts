import type { Duplex } from 'node:stream';
import type { Capability, ProcessIdentity } from '../contract/index.ts';
import { isVmError } from '../errors/index.ts';
import { followFile, type ReadyOptions, waitReady } from '../readiness/index.ts';
import type { VmExit, VmState, VmStatus } from '../state/index.ts';
import type { AbortOptions } from '../util/abort.ts';
import { linkAborts } from '../util/linked-abort.ts';
import { checkKnown, checkSignal } from './check-options.ts';
import type { SubscribeOptions } from './event-hub.ts';
import { operate, pause, resume, unsupported } from './operations.ts';
import { takeSnapshot } from './snapshot.ts';
import { kill, type StopOptions, type StopResult, stop } from './stop.ts';
import type { VmEvent } from './vm-event.ts';
import type { VmRuntime } from './vm-runtime.ts';
import { type WaitOptions, waitForState } from './wait-for-state.ts';

/** One virtual machine. Operations on one VM run in the order in which they were asked for; `kill` goes ahead of all. */
export class Vm implements AsyncDisposable {
  readonly #runtime: VmRuntime;

  /** Made by a manager. */
  constructor(runtime: VmRuntime) {
    this.#runtime = runtime;
  }

  /** Its name, unique within the namespace. */
  get name(): string {
    return this.#runtime.key.name;
  }

  /** Its namespace. */
  get namespace(): string {
    return this.#runtime.key.namespace;
  }

  /** Differs for each boot of the same name. */
  get instanceId(): string {
    return this.#runtime.instanceId;
  }

  /** Id of the driver that runs it. */
  get driver(): string {
    return this.#runtime.driver.id;
  }

  /** The VMM process, or null before it is started and where the hypervisor has none. */
  get process(): ProcessIdentity | null {
    return this.#runtime.machineOrNull?.process ?? null;
  }

  /** The state as of the last event: a memory read, never stale by more than the event's way here. */
  get state(): VmState {
    return this.#runtime.cell.current;
  }

  /** Whether the driver can do it; see `CAPABILITIES`. */
  can(capability: Capability): boolean {
    return this.#runtime.driver.capabilities[capability] === true;
  }

  /**
   * Resolves with the guest's address once it has written its marker and all `probes` succeed.
   * Rejects at once, with stage, elapsed time, exit and the console's last lines, when the VM ends (`NOT_READY`), when
   * `timeoutMs` (default 60000) passes (`TIMEOUT`), the signal is aborted (`ABORTED`) or this manager lets go of the VM (`INVALID_STATE`).
   * The VM itself is left as it is.
   */
  async ready(options: ReadyOptions = {}): Promise<{ readonly ip: string }> {
    checkKnown('ready()', options, ['timeoutMs', 'probes', 'signal']);
    checkSignal(options);
    const runtime = this.#runtime;
    const gate = linkAborts(options.signal, runtime.life.parted);
    try {
      return await waitReady(
        {
          name: this.name,
          current: () => runtime.cell.current,
          subscribe: (listener) => runtime.cell.subscribe(listener),
          evidence: (stage, elapsedMs) => runtime.evidence(stage, elapsedMs),
          vsock: (port, signal) => this.vsock(port, { signal }),
        },
        { ...options, signal: gate.signal },
      );
    } catch (error) {
      if (runtime.detached && isVmError(error, 'ABORTED')) throw runtime.invalidState('become ready', error);
      throw error;
    } finally {
      gate.dispose();
    }
  }

  /**
   * Resolves when the VM is in the given state (at once if it is). Rejects with `INVALID_STATE` when it ended in another or this manager
   * lets go of it, `TIMEOUT`, `ABORTED`.
   */
  waitFor<S extends VmStatus>(status: S, options: WaitOptions = {}): Promise<Extract<VmState, { status: S }>> {
    return waitForState(this.#runtime, status, options);
  }

  /**
   * Stops the VM: power button, then the hypervisor's own stop, SIGTERM, SIGKILL; resolves when it is gone and cleaned up, and tells
   * how. A paused guest is resumed first, so that it can react. Stopping a VM that has ended succeeds. Throws `STOP_FAILED`.
   */
  stop(options: StopOptions = {}): Promise<StopResult> {
    return stop(this.#runtime, options);
  }

  /** Ends the VM by force, ahead of everything else that is going on; resolves when it is gone and cleaned up. Throws `STOP_FAILED`. */
  kill(): Promise<StopResult> {
    return kill(this.#runtime);
  }

  /** Suspends the vCPUs. Throws `INVALID_STATE` unless it is running or ready, `UNSUPPORTED`, `HYPERVISOR`, `ABORTED`. */
  pause(options: AbortOptions = {}): Promise<void> {
    return pause(this.#runtime, options.signal);
  }

  /** Lets a paused VM go on. Throws `INVALID_STATE` unless it is paused, `UNSUPPORTED`, `HYPERVISOR`, `ABORTED`. */
  resume(options: AbortOptions = {}): Promise<void> {
    return resume(this.#runtime, options.signal);
  }

  /** Saves the paused VM to `directory` (absolute, must not exist); it stays paused. Throws `INVALID_STATE`, `UNSUPPORTED`, `SNAPSHOT_FAILED`, `ABORTED`. */
  snapshot(directory: string, options: AbortOptions = {}): Promise<void> {
    return takeSnapshot(this.#runtime, directory, options.signal);
  }

  /** A connection to a vsock port of the guest. Throws `UNSUPPORTED`, `INVALID_STATE`, `HYPERVISOR`, `ABORTED`. */
  vsock(port: number, options: AbortOptions = {}): Promise<Duplex> {
    return operate(this.#runtime, 'vsock', options.signal, (signal) => {
      const { machine } = this.#runtime;
      if (!this.can('vsock') || machine.vsock === undefined) throw unsupported(this.#runtime, 'vsock');
      return machine.vsock(port, { signal });
    });
  }

  /** What happens to the VM: its present state first, then everything from this call on. Ends with the VM. */
  events(options: SubscribeOptions = {}): AsyncIterableIterator<VmEvent> {
    const { news, cell } = this.#runtime;
    return news.hub.subscribe([{ type: 'state', at: news.now(), state: cell.current }], options);
  }

  /** The guest's console from the beginning of this boot, then as it comes; ends with the VM. */
  console(options: AbortOptions = {}): AsyncIterable<Uint8Array> {
    checkSignal(options);
    const { console: start, spec } = this.#runtime.files.record;
    return followFile(spec.serialLog, { from: start.offset, until: this.#runtime.life.gone.promise, ...options });
  }

  /** The VMM's own log, then as it comes; ends with the VM. */
  logs(options: AbortOptions = {}): AsyncIterable<Uint8Array> {
    checkSignal(options);
    return followFile(this.#runtime.files.layout.vmmLog, { until: this.#runtime.life.gone.promise, ...options });
  }

  /** Resolves when the VM has ended and everything is cleaned up; never rejects. Settles never when this controller lets go of it first. */
  get exit(): Promise<VmExit | null> {
    return this.#runtime.life.ended.promise.then(({ state }) => state.exit);
  }

  /** {@link Vm.stop} with its defaults; nothing when this controller has let go of the VM. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#runtime.detached) await this.stop();
  }
}
