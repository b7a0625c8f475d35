import type { DriverCapabilities, ProcessIdentity } from '../../contract/index.ts';
import type { Evidence } from '../../errors/index.ts';
import type { VmState } from '../../state/index.ts';
import type { JsonObject } from '../../util/json.ts';
import type { EndState } from '../runtime/exit-verdict.ts';
import type { VmEvent } from '../runtime/vm-event.ts';
import type { StopOptions, StopResult } from '../stop/stop-result.ts';
import type { LogFiles } from '../vm-handle.ts';
import type { WireError } from './wire-error.ts';

// Between the controller that holds a VM and others: JSON, one message a line. The other one says hello first; `hello`, `refused` and
// the fields in them stay as they are in every version, so that two versions can at least tell each other so.

/** The version spoken here. */
export const PROTOCOL_VERSION = 1;

/** Name of the socket in the VM's runtime directory. */
export const OWNER_SOCKET = 'owner';

/** The longest line, in bytes. Whoever sends a longer one is hung up on. */
export const LONGEST_LINE: number = 1024 * 1024;

/** What is asked of a VM. */
export type Call =
  | { readonly do: 'stop'; readonly options: StopOptions }
  | { readonly do: 'kill' }
  | { readonly do: 'pause' }
  | { readonly do: 'resume' }
  | { readonly do: 'snapshot'; readonly directory: string; readonly disks: 'none' | 'reflink' | 'copy' }
  | { readonly do: 'operate'; readonly name: string; readonly args: JsonObject }
  | { readonly do: 'evidence'; readonly stage: string; readonly elapsedMs: number }
  /** The connection is the guest's from the line after the answer on. */
  | { readonly do: 'vsock'; readonly port: number };

/** Who speaks, in which version. */
export interface Speaker {
  readonly protocol: number;
  readonly pid: number;
}

/** From those who look at a VM to its holder. */
export type ClientMessage =
  | { readonly hello: Speaker }
  | { readonly id: number; readonly call: Call }
  /** Gives up the call of that id; it is still answered. */
  | { readonly cancel: number }
  /** Asks for a `pong`: whether anybody is there. */
  | { readonly ping: true };

/** The VM as it is when somebody comes in. */
export interface Welcome extends Speaker {
  readonly instanceId: string;
  readonly driver: string;
  readonly capabilities: DriverCapabilities;
  readonly process: ProcessIdentity | null;
  readonly state: VmState;
  readonly files: LogFiles;
}

/** How a VM ended, with what was known of it last. */
export interface Ended {
  readonly state: EndState;
  readonly result: StopResult;
  readonly evidence: Evidence;
}

/** From the holder of a VM to those who look at it. */
export type OwnerMessage =
  | { readonly welcome: Welcome }
  /** In answer to a hello of another version. */
  | { readonly refused: Speaker }
  | { readonly event: VmEvent; readonly process: ProcessIdentity | null }
  | { readonly id: number; readonly ok: unknown }
  | { readonly id: number; readonly error: WireError }
  | { readonly pong: true }
  /** The last message: the VM has ended and everything is cleaned up. */
  | { readonly ended: Ended }
  /** The last message: the holder lets go of the living VM. */
  | { readonly parted: true };
