import type { Duplex } from 'node:stream';
import type { AbortOptions } from '../util/abort.ts';
import type { JsonObject } from '../util/json.ts';
import type { ProcessIdentity } from './process.ts';

/** How a VM ended, as the hypervisor saw it. Core knows whether anybody had asked for it. */
export interface MachineExit {
  /**
   * - `guest`: the guest powered itself off, on its own or after `requestStop`
   * - `panic`: the guest kernel panicked and the hypervisor ended the VM for it
   * - `host`: the VMM ended for a reason outside of the guest (told to, signalled, crashed)
   * - `unknown`: it ended while nobody could see how
   */
  readonly reason: 'guest' | 'panic' | 'host' | 'unknown';
  /** Exit code of the VMM where there is one and it is known. */
  readonly code: number | null;
  /** Signal that ended the VMM where one did and it is known. */
  readonly signal: string | null;
}

/** What the hypervisor executes now. */
export type MachineState = 'starting' | 'running' | 'paused' | 'stopped';

/** Something that happened to a machine and that core did not cause or cannot see. Reported through `DriverContext.notify`. */
export type MachineEvent =
  /** The guest was reset or rebooted inside the same VMM: readiness is taken back. */
  | { readonly type: 'reset' }
  /** The vCPUs were suspended or resumed, by whomever. */
  | { readonly type: 'paused' }
  | { readonly type: 'resumed' }
  /** The guest kernel panicked; `exited` may or may not follow. */
  | { readonly type: 'panicked'; readonly detail?: string };

/**
 * One living VM, the hypervisor's view only. Core serialises the calls on one machine, with one exception: `kill` and
 * `state` may come at any time, also while another call is pending. Optional members are present exactly when the
 * driver declares the capability of the same meaning.
 */
export interface Machine {
  /** The VMM; null where the hypervisor has none of its own. */
  readonly process: ProcessIdentity | null;
  /** Settles exactly once when the VMM is really gone; never rejects. */
  readonly exited: Promise<MachineExit>;
  /** Asks the hypervisor. Throws `STATE_FAILED` when it cannot be asked; never answers `stopped` for that. */
  state(options?: AbortOptions): Promise<MachineState>;
  /** The power button: asks the guest to power off and returns when it was asked. Capability `powerButton`. */
  requestStop?(options?: AbortOptions): Promise<void>;
  /** Ends the VM at once through the control channel; returns when told, `exited` follows. Capability `terminate`. */
  terminate?(options?: AbortOptions): Promise<void>;
  /** Ends the VMM by force; resolves when it is really gone. Idempotent; works in every state. */
  kill(): Promise<void>;
  /** Suspends the vCPUs. Capability `pause`. */
  pause?(options?: AbortOptions): Promise<void>;
  /** Resumes the vCPUs. Capability `pause`. */
  resume?(options?: AbortOptions): Promise<void>;
  /**
   * Writes the state of the paused VM into the empty `directory` and returns what the restore needs to know besides; core
   * keeps it in the manifest. The VM stays paused. Capability `snapshot`.
   */
  snapshot?(directory: string, options?: AbortOptions): Promise<JsonObject>;
  /** Connects to a vsock port of the guest. Capability `vsock`. */
  vsock?(port: number, options?: AbortOptions): Promise<Duplex>;
  /**
   * Something that this hypervisor can do beyond the contract. `name` is one of the driver's `operations`, and the VM is running, ready or paused; `args` are plain
   * data, of which the driver refuses what it does not know (`INVALID_CONFIG`, all problems at once). Returns plain data. Capability `operations`.
   */
  operate?(name: string, args: JsonObject, options?: AbortOptions): Promise<JsonObject>;
  /** Lets go of the living VM: closes connections and handles, so that the controller can end while the VM runs on. */
  detach(): Promise<void>;
}
