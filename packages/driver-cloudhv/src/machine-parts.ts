import type { BootSpec, DriverContext, VmProcess } from '@vmrs/core/driver';
import type { PanicWatch } from '@vmrs/driver-kit';
import type { ApiClient } from './control/api-client.ts';
import type { EventFile } from './control/event-file.ts';
import type { ControlData } from './control-data.ts';
import type { ChHost } from './host/host.ts';
import type { ResolvedOptions } from './options.ts';
import type { ShareDaemons } from './sidecars/share-daemons.ts';

/** What a machine is made of. */
export interface MachineParts {
  readonly spec: BootSpec;
  readonly context: DriverContext;
  readonly process: VmProcess;
  readonly api: ApiClient;
  readonly events: EventFile;
  readonly control: ControlData;
  /** Begun before the guest was started, where this controller started it. */
  readonly panics: PanicWatch;
  readonly daemons: ShareDaemons;
  readonly host: ChHost;
  readonly options: ResolvedOptions;
  /** Closes what else is held on the VMM. */
  readonly letGo: () => void;
}
