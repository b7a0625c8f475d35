import type { Duplex } from 'node:stream';
import type { DriverCapabilities, ProcessIdentity } from '../contract/index.ts';
import type { Evidence, VmError } from '../errors/index.ts';
import type { VmExit, VmState } from '../state/index.ts';
import type { JsonObject } from '../util/json.ts';
import type { SubscribeOptions } from './runtime/event-hub.ts';
import type { VmEvent } from './runtime/vm-event.ts';
import type { SnapshotOptions } from './snapshot/snapshot-options.ts';
import type { StopOptions, StopResult } from './stop/stop-result.ts';
import type { VmKey } from './vm-key.ts';

/** Where the logs of a VM are; they are read by whoever wants to, on the same host. */
export interface LogFiles {
  readonly serialLog: string;
  /** Where this boot's output begins in it, in bytes. */
  readonly serialFrom: number;
  readonly vmmLog: string;
}

/** The state of a VM as those see it who only look. */
export interface StateView {
  /** A memory read. */
  readonly current: VmState;
  /** Calls `listener` at each change from now on. Returns what takes it away again. */
  subscribe(listener: (state: VmState) => void): () => void;
}

/** What a {@link Vm} is made of: the VM in this controller's hands, or a connection to the controller that holds it. */
export interface VmHandle {
  readonly key: VmKey;
  readonly instanceId: string;
  /** Id of its driver. */
  readonly driver: string;
  readonly capabilities: DriverCapabilities;
  /** The VMM; null before it is started and where there is none. */
  readonly process: ProcessIdentity | null;
  readonly cell: StateView;
  /** Throws `INVALID_STATE` as long as there are none. */
  readonly files: LogFiles;
  /** Whether nothing is heard of the living VM any more. */
  readonly detached: boolean;
  /** Aborted when that begins. */
  readonly parted: AbortSignal;
  /** Settles when the VM has ended or nothing is heard of it any more; never rejects. */
  readonly gone: Promise<void>;
  /** Settles when the VM has ended and everything is cleaned up; never rejects, and never settles when nothing is heard of it any more. */
  readonly exit: Promise<VmExit | null>;
  stop(options: StopOptions): Promise<StopResult>;
  kill(): Promise<StopResult>;
  pause(signal: AbortSignal | undefined): Promise<void>;
  resume(signal: AbortSignal | undefined): Promise<void>;
  snapshot(directory: string, options: SnapshotOptions): Promise<void>;
  vsock(port: number, signal: AbortSignal | undefined): Promise<Duplex>;
  operate(name: string, args: JsonObject, signal: AbortSignal | undefined): Promise<JsonObject>;
  events(options: SubscribeOptions): AsyncIterableIterator<VmEvent>;
  /** What is known for an error. */
  evidence(stage: string, elapsedMs: number): Promise<Evidence>;
  /** An `INVALID_STATE` for an operation that the present state does not allow. */
  invalidState(operation: string, cause?: unknown): VmError<'INVALID_STATE'>;
}
