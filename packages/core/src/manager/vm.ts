import type { Duplex } from 'node:stream';
import { type InspectOptions, inspect } from 'node:util';
import type { Capability, ProcessIdentity } from '../contract/index.ts';
import { isVmError } from '../errors/index.ts';
import { followFile, type ReadyOptions, waitReady } from '../readiness/index.ts';
import type { VmExit, VmState, VmStatus } from '../state/index.ts';
import type { AbortOptions } from '../util/abort.ts';
import type { JsonObject } from '../util/json.ts';
import { linkAborts } from '../util/linked-abort.ts';
import type { Able, OptionalOperations } from './able.ts';
import { checkOperation } from './options/check-operation.ts';
import { checkKnown, checkSignal } from './options/check-options.ts';
import type { SubscribeOptions } from './runtime/event-hub.ts';
import type { VmEvent } from './runtime/vm-event.ts';
import { type WaitOptions, waitForState } from './runtime/wait-for-state.ts';
import { checkSnapshotOptions, type SnapshotOptions } from './snapshot/snapshot-options.ts';
import type { StopOptions, StopResult } from './stop/stop-result.ts';
import type { VmHandle } from './vm-handle.ts';

/**
 * One virtual machine. Operations on one VM run in the order in which they were asked for, whichever controller asks; `kill` goes ahead
 * of all. When another controller holds the VM, every call goes to that one; when that one ends or lets go, the VM counts as let go of here
 * (`INVALID_STATE`), and the manager's `get()` gives it anew.
 */
export class Vm implements AsyncDisposable, OptionalOperations {
  readonly #handle: VmHandle;

  /** Made by a manager. */
  constructor(handle: VmHandle) {
    this.#handle = handle;
  }

  /** Its name, unique within the namespace. */
  get name(): string {
    return this.#handle.key.name;
  }

  /** Its namespace. */
  get namespace(): string {
    return this.#handle.key.namespace;
  }

  /** Differs for each boot of the same name. */
  get instanceId(): string {
    return this.#handle.instanceId;
  }

  /** Id of the driver that runs it. */
  get driver(): string {
    return this.#handle.driver;
  }

  /** The VMM process, or null before it is started and where the hypervisor has none. */
  get process(): ProcessIdentity | null {
    return this.#handle.process;
  }

  /** The state as of the last event: a memory read, never stale by more than the event's way here. */
  get state(): VmState {
    return this.#handle.cell.current;
  }

  /** Whether the driver can do it; see `CAPABILITIES`. Of a {@link PortableVm} it opens, for the compiler, what belongs to the capability. */
  can<C extends Capability>(capability: C): this is this & Able<C> {
    return this.#handle.capabilities[capability] === true;
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
    const handle = this.#handle;
    const gate = linkAborts(options.signal, handle.parted);
    try {
      return await waitReady(
        {
          name: this.name,
          current: () => handle.cell.current,
          subscribe: (listener) => handle.cell.subscribe(listener),
          evidence: (stage, elapsedMs) => handle.evidence(stage, elapsedMs),
          vsock: (port, signal) => this.vsock(port, { signal }),
        },
        { ...options, signal: gate.signal },
      );
    } catch (error) {
      if (handle.detached && isVmError(error, 'ABORTED')) throw handle.invalidState('become ready', error);
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
    return waitForState(this.#handle, status, options);
  }

  /**
   * Stops the VM: power button, then the hypervisor's own stop, SIGTERM, SIGKILL; resolves when it is gone and cleaned up, and tells
   * how; all who stop it, at the same time or later, get the same result. A paused guest is resumed first, so that it can react. Stopping a VM that
   * has ended succeeds. Throws `STOP_FAILED`; of a VM that another controller holds also `INVALID_STATE` when that one ends, `TIMEOUT` when it does not answer.
   */
  stop(options: StopOptions = {}): Promise<StopResult> {
    return this.#handle.stop(options);
  }

  /** Ends the VM by force, ahead of everything else that is going on; resolves when it is gone and cleaned up. Throws `STOP_FAILED`. */
  kill(): Promise<StopResult> {
    return this.#handle.kill();
  }

  /** Suspends the vCPUs. Throws `INVALID_STATE` unless it is running or ready, `UNSUPPORTED`, `HYPERVISOR`, `ABORTED`. */
  pause(options: AbortOptions = {}): Promise<void> {
    return this.#handle.pause(options.signal);
  }

  /** Lets a paused VM go on. Throws `INVALID_STATE` unless it is paused, `UNSUPPORTED`, `HYPERVISOR`, `ABORTED`. */
  resume(options: AbortOptions = {}): Promise<void> {
    return this.#handle.resume(options.signal);
  }

  /** Saves the paused VM to `directory` (absolute, must not exist); it stays paused. Throws `INVALID_STATE`, `UNSUPPORTED`, `SNAPSHOT_FAILED`, `ABORTED`. */
  async snapshot(directory: string, options: SnapshotOptions = {}): Promise<void> {
    checkSnapshotOptions(options);
    return this.#handle.snapshot(directory, options);
  }

  /** A connection to a vsock port of the guest. Throws `UNSUPPORTED`, `INVALID_STATE`, `HYPERVISOR`, `ABORTED`. */
  vsock(port: number, options: AbortOptions = {}): Promise<Duplex> {
    return this.#handle.vsock(port, options.signal);
  }

  /**
   * Has the hypervisor do something that only its driver knows, in turn with the VM's other operations: `name` is one of the driver's `operations`, `args` and the result are
   * plain data. Drivers have typed functions for theirs. Throws `UNSUPPORTED` for a name that the driver does not have, `INVALID_STATE` unless the VM is running, ready or paused,
   * `INVALID_CONFIG` for arguments that do not fit, `HYPERVISOR`, `ABORTED`; `TypeError` for arguments that are not plain data.
   */
  async operate(name: string, args: JsonObject = {}, options: AbortOptions = {}): Promise<JsonObject> {
    checkOperation(name, args);
    return this.#handle.operate(name, args, options.signal);
  }

  /** What happens to the VM: its present state first, then everything from this call on. Ends with the VM. */
  events(options: SubscribeOptions = {}): AsyncIterableIterator<VmEvent> {
    return this.#handle.events(options);
  }

  /** The guest's console from the beginning of this boot, then as it comes; ends with the VM. */
  console(options: AbortOptions = {}): AsyncIterable<Uint8Array> {
    checkSignal(options);
    const { serialLog, serialFrom } = this.#handle.files;
    return followFile(serialLog, { from: serialFrom, until: this.#handle.gone, ...options });
  }

  /** The VMM's own log, then as it comes; ends with the VM. */
  logs(options: AbortOptions = {}): AsyncIterable<Uint8Array> {
    checkSignal(options);
    return followFile(this.#handle.files.vmmLog, { until: this.#handle.gone, ...options });
  }

  /** Resolves when the VM has ended and everything is cleaned up; never rejects. Settles never when this controller lets go of it first. */
  get exit(): Promise<VmExit | null> {
    return this.#handle.exit;
  }

  /** {@link Vm.stop} with its defaults; nothing when this controller has let go of the VM. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#handle.detached) await this.stop();
  }

  static {
    // What `console.log(vm)` shows; private fields are not shown by themselves.
    Object.defineProperty(Vm.prototype, inspect.custom, {
      value(this: Vm, _: number, options: InspectOptions): string {
        const { namespace, name, state, driver } = this;
        return `Vm ${inspect({ namespace, name, state, driver, pid: this.process?.pid ?? null }, options)}`;
      },
    });
  }
}
