import type { BootSpec, DriverContext, VmProcess } from '@vmrs/core/driver';
import type { HostLink } from './control/protocol.ts';
import type { ControlData } from './control-data.ts';
import type { EventRelay } from './event-relay.ts';
import type { VmOptions } from './vm-options.ts';

/** What a machine is made of. */
export interface MachineParts {
  readonly spec: BootSpec;
  readonly context: DriverContext;
  /** The host; null where the machine lives in this process. */
  readonly process: VmProcess | null;
  readonly link: HostLink;
  readonly events: EventRelay;
  readonly control: ControlData;
  readonly vmOptions: VmOptions;
  /** Ends the host and its machine by force; resolves when both are gone. Idempotent. */
  kill(): Promise<void>;
}
