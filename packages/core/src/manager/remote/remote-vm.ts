import { isAbsolute } from 'node:path';
import type { Duplex } from 'node:stream';
import type { DriverCapabilities, ProcessIdentity } from '../../contract/index.ts';
import { type Evidence, isVmError, type VmError } from '../../errors/index.ts';
import { isEnded, type VmExit } from '../../state/index.ts';
import type { Clock } from '../../util/clock.ts';
import { deferred } from '../../util/deferred.ts';
import type { JsonObject } from '../../util/json.ts';
import { linkAborts } from '../../util/linked-abort.ts';
import { checkSignal, shown } from '../options/check-options.ts';
import { invalidState } from '../refusals.ts';
import { EventHub, type SubscribeOptions } from '../runtime/event-hub.ts';
import { heeding } from '../runtime/give-up.ts';
import { StateCell } from '../runtime/state-cell.ts';
import type { VmEvent } from '../runtime/vm-event.ts';
import type { SnapshotOptions } from '../snapshot/snapshot-options.ts';
import { checkDeadlines } from '../stop/stop.ts';
import type { StopOptions, StopResult } from '../stop/stop-result.ts';
import type { LogFiles, StateView, VmHandle } from '../vm-handle.ts';
import type { VmKey } from '../vm-key.ts';
import { type Greeting, SilentOwner } from './greet-owner.ts';
import { LineSocket } from './line-socket.ts';
import { openGuestStream } from './open-guest-stream.ts';
import { ANSWER_MS, OwnerCalls } from './owner-calls.ts';
import { ownerMessage } from './parse-message.ts';
import type { Call, Ended, OwnerMessage } from './protocol.ts';
import { callGivenUp, lostVm, type Parting, silentOwner } from './remote-errors.ts';

/** What a {@link RemoteVm} needs to know besides what its holder says. */
export interface RemoteOptions {
  readonly key: VmKey;
  /** The holder's socket. */
  readonly path: string;
  readonly clock: Clock;
}

/** A VM that another controller holds, over a connection to it. Keeps the program alive until the VM ends or the connection does. */
export class RemoteVm implements VmHandle {
  readonly key: VmKey;
  readonly instanceId: string;
  readonly driver: string;
  readonly capabilities: DriverCapabilities;
  readonly files: LogFiles;
  /** The holder. */
  readonly pid: number;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #lines: LineSocket;
  readonly #calls: OwnerCalls;
  readonly #cell: StateCell;
  readonly #hub = new EventHub<VmEvent>();
  readonly #parted = new AbortController();
  readonly #over = new AbortController();
  readonly #gone = deferred<void>();
  readonly #exit = deferred<VmExit | null>();
  readonly #closed = deferred<void>();
  readonly #stops = new Set<Promise<unknown>>();
  #process: ProcessIdentity | null;
  #end: Ended | null = null;
  #parting: Parting = 'broken';

  constructor({ socket, welcome }: Greeting, { key, path, clock }: RemoteOptions) {
    this.key = key;
    this.#path = path;
    this.#clock = clock;
    const { instanceId, driver, capabilities, files, pid, process, state } = welcome;
    this.instanceId = instanceId;
    this.driver = driver;
    this.capabilities = capabilities;
    this.files = files;
    this.pid = pid;
    this.#process = process;
    this.#cell = new StateCell(state);
    if (isEnded(state)) this.#gone.resolve();
    this.#lines = new LineSocket(socket, {
      onMessage: (value) => this.#onMessage(ownerMessage(value)),
      onClosed: () => this.#onClosed(),
    });
    this.#calls = new OwnerCalls({
      send: (message) => this.#lines.send(message),
      silent: (call) => silentOwner(key.name, call.do, pid, ANSWER_MS),
    });
  }

  get process(): ProcessIdentity | null {
    return this.#process;
  }

  get cell(): StateView {
    return this.#cell;
  }

  get detached(): boolean {
    return this.#parted.signal.aborted;
  }

  get parted(): AbortSignal {
    return this.#parted.signal;
  }

  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  get exit(): Promise<VmExit | null> {
    return this.#exit.promise;
  }

  /** Settles when the connection has ended; never rejects. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  async stop(options: StopOptions): Promise<StopResult> {
    checkDeadlines(options);
    return this.#stop({ do: 'stop', options });
  }

  kill(): Promise<StopResult> {
    return this.#stop({ do: 'kill' });
  }

  async pause(signal: AbortSignal | undefined): Promise<void> {
    await this.#ask({ do: 'pause' }, signal);
  }

  async resume(signal: AbortSignal | undefined): Promise<void> {
    await this.#ask({ do: 'resume' }, signal);
  }

  async snapshot(directory: string, { signal, disks = 'none' }: SnapshotOptions): Promise<void> {
    if (typeof directory !== 'string' || !isAbsolute(directory)) {
      throw new TypeError(`snapshot directory must be an absolute path, got ${shown(directory)}`);
    }
    await this.#ask({ do: 'snapshot', directory, disks }, signal);
  }

  vsock(port: number, signal: AbortSignal | undefined): Promise<Duplex> {
    return this.#giveUpOn('vsock', signal, (gate) => openGuestStream(this.#path, this.key.name, port, gate));
  }

  async operate(name: string, args: JsonObject, signal: AbortSignal | undefined): Promise<JsonObject> {
    return (await this.#ask({ do: 'operate', name, args }, signal)) as JsonObject;
  }

  events(options: SubscribeOptions): AsyncIterableIterator<VmEvent> {
    const at = new Date(this.#clock.now()).toISOString();
    return this.#hub.subscribe([{ type: 'state', at, state: this.#cell.current }], options);
  }

  async evidence(stage: string, elapsedMs: number): Promise<Evidence> {
    try {
      return (await this.#ask({ do: 'evidence', stage, elapsedMs }, undefined)) as Evidence;
    } catch (error) {
      if (this.#end === null) throw error;
      return { ...this.#end.evidence, stage, elapsedMs: Math.round(elapsedMs) };
    }
  }

  invalidState(operation: string, cause?: unknown): VmError<'INVALID_STATE'> {
    const { status } = this.#cell.current;
    const { name } = this.key;
    if (this.#left) return lostVm(name, operation, status, this.#parting, this.pid, cause);
    return invalidState(name, operation, status, false, cause);
  }

  /** Hangs up; the VM is its holder's. A stop that was asked for is waited for, other operations are given up. Never rejects. */
  async close(): Promise<void> {
    if (!this.detached) this.#parting = 'closed';
    this.#over.abort(new Error('this manager lets go of the VM'));
    await Promise.allSettled(this.#stops);
    this.#lines.hangUp();
    await this.#closed.promise;
  }

  async #stop(call: Call): Promise<StopResult> {
    const before = this.#known();
    if (before !== null) return before.result;
    if (this.#left) throw this.invalidState(call.do);
    const asked = this.#calls.make(call, undefined);
    this.#stops.add(asked);
    try {
      return (await asked) as StopResult;
    } catch (error) {
      // It has ended, and its holder hung up after it had told how, before it could answer.
      const end = this.#known();
      if (end === null) throw error;
      return end.result;
    } finally {
      this.#stops.delete(asked);
    }
  }

  #ask(call: Call, signal: AbortSignal | undefined): Promise<unknown> {
    return this.#giveUpOn(call.do, signal, (gate) => this.#calls.make(call, gate));
  }

  /** Gives up when the caller aborts and when this manager lets go, as an operation on a VM in its own hands does. */
  async #giveUpOn<T>(
    operation: string,
    callers: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    checkSignal({ signal: callers });
    if (this.#left || this.#known() !== null) throw this.invalidState(operation);
    const gate = linkAborts(callers, this.#over.signal);
    try {
      gate.signal.throwIfAborted();
      return await heeding(work(gate.signal), gate.signal, this.#clock);
    } catch (error) {
      if (isVmError(error, 'INVALID_STATE')) throw error;
      if (this.#over.signal.aborted) throw this.invalidState(operation, error);
      if (callers?.aborted === true) throw callGivenUp(this.key.name, operation, callers.reason);
      if (isVmError(error)) throw error;
      if (error instanceof SilentOwner) throw silentOwner(this.key.name, operation, this.pid, ANSWER_MS, error);
      throw lostVm(this.key.name, operation, this.#cell.current.status, this.#parting, this.pid, error);
    } finally {
      gate.dispose();
    }
  }

  /** Whether nothing can be asked any more, or only what was asked already is waited for. */
  get #left(): boolean {
    return this.detached || this.#over.signal.aborted;
  }

  #known(): Ended | null {
    return this.#end;
  }

  #onMessage(message: OwnerMessage | null): void {
    if (message === null) {
      this.#lines.hangUp();
      return;
    }
    this.#calls.heard();
    if ('event' in message) this.#onEvent(message.event, message.process);
    else if ('ok' in message) this.#calls.answer(message.id, message.ok);
    else if ('error' in message) this.#calls.refuse(message.id, message.error);
    else if ('ended' in message) this.#onEnded(message.ended);
    else if ('parted' in message) this.#onParted();
  }

  #onEvent(event: VmEvent, process: ProcessIdentity | null): void {
    this.#process = process;
    if (event.type === 'state') this.#cell.to(event.state);
    this.#hub.publish(event);
    if (isEnded(this.#cell.current)) this.#gone.resolve();
  }

  #onEnded(end: Ended): void {
    this.#end = end;
    this.#exit.resolve(end.state.exit);
    this.#lines.hangUp();
  }

  #onParted(): void {
    this.#parting = 'let-go';
    this.#lines.hangUp();
  }

  #onClosed(): void {
    if (this.#end === null) this.#parted.abort(new Error('nothing is heard of the VM any more'));
    this.#calls.failAll((call) => this.invalidState(call.do));
    this.#gone.resolve();
    this.#hub.close();
    this.#closed.resolve();
  }
}
