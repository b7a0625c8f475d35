import type { BootSpec } from '../config/boot-spec.ts';
import type { ContractVersion, Lifetime, ProcessIdentity } from '../contract/index.ts';
import type { ConsolePosition } from '../readiness/console-position.ts';
import type { VmExit } from '../state/index.ts';
import type { JsonObject } from '../util/json.ts';

/** The form of records that this core writes and reads. */
export const RECORD_SCHEMA = 4;

/** What is kept of a VM on disk, in `record.json`. */
export interface VmRecord {
  readonly schema: typeof RECORD_SCHEMA;
  readonly name: string;
  readonly namespace: string;
  /** New for every boot. */
  readonly instanceId: string;
  readonly driver: { readonly id: string; readonly contract: ContractVersion };
  readonly spec: BootSpec;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The boot of the host in which it was started; see {@link ProcessIdentity}. */
  readonly bootId: string;
  readonly lifetime: Lifetime;
  /** Where its sockets are. */
  readonly runtimeDir: string;
  /** `intent`: about to be started; `live`: the hypervisor executes it; `ended`: over, see `ended`. */
  readonly phase: 'intent' | 'live' | 'ended';
  /** The VMM; null as long as it is not known, and where there is none. */
  readonly process: ProcessIdentity | null;
  /** What the driver asked to remember. */
  readonly control: JsonObject;
  /** Where this boot's output begins on the console. */
  readonly console: ConsolePosition;
  /** What is known of readiness, and up to where the console was read for it; null before anything is. An `ip` of null: taken back by a reset. */
  readonly ready: { readonly ip: string | null; readonly position: ConsolePosition } | null;
  readonly paused: boolean;
  readonly ended: {
    readonly state: 'stopped' | 'failed';
    readonly reason: string | null;
    readonly exit: VmExit | null;
  } | null;
}
