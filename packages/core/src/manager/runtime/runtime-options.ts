import type { Logger, VmDriver } from '../../contract/index.ts';
import type { VmLayout, VmRecord } from '../../store/index.ts';
import type { Clock } from '../../util/clock.ts';
import type { Keep } from '../options/keep.ts';
import type { VmEvent } from './vm-event.ts';

/** What a runtime needs from its manager. */
export interface RuntimeOptions {
  /** Of this boot of the name. */
  readonly instanceId: string;
  readonly driver: VmDriver;
  readonly keep: Keep;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Told of each event, for those who watch all VMs. */
  readonly onEvent: (event: VmEvent) => void;
  /** Of a VM that had ended before this controller looked. */
  readonly remains?: VmFiles;
}

/** What a VM has on disk. */
export interface VmFiles {
  readonly layout: VmLayout;
  readonly record: VmRecord;
}
