import type { Problem, RungReport } from '../../errors/index.ts';
import type { VmExit } from '../../state/index.ts';
import type { LadderDeadlines } from './stop-ladder.ts';

/** How a stop ended. */
export interface StopResult extends VmExit {
  /** The rungs of the ladder that were tried, in order; empty when the VM had ended without this controller's doing. */
  readonly rungs: readonly RungReport[];
  /** What could not be cleaned up; it stays recorded and is tried again. Empty when all is well. */
  readonly problems: readonly Problem[];
}

/** Deadlines of a stop, each in milliseconds; see {@link LadderDeadlines} for the defaults. */
export type StopOptions = Partial<LadderDeadlines>;
