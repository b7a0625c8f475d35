import type { RungReport } from '../../errors/index.ts';
import type { Clock } from '../../util/clock.ts';

/** Deadlines of the ladder, in milliseconds. */
export interface LadderDeadlines {
  /** Time the guest gets to power off after the power button. Default 10000. */
  readonly graceMs: number;
  /** Time the hypervisor gets after it was told to end the VM. Default 5000. */
  readonly terminateMs: number;
  /** Time the VMM gets after SIGTERM. Default 5000. */
  readonly sigtermMs: number;
  /** Time until a killed VMM must be gone. Default 10000. */
  readonly sigkillMs: number;
}

/** The usual deadlines. */
export const DEFAULT_DEADLINES: LadderDeadlines = {
  graceMs: 10_000,
  terminateMs: 5_000,
  sigtermMs: 5_000,
  sigkillMs: 10_000,
};

/** One step of the ladder: what to do, and how long to wait for the VM to be gone. A null action is not available here. */
export interface Rung {
  readonly name: RungReport['rung'];
  readonly deadlineMs: number;
  readonly act: (() => Promise<void>) | null;
}

/** How a walk down the ladder ended. */
export interface LadderResult {
  /** Whether the VM is gone. */
  readonly gone: boolean;
  /** The rungs in order, up to the one that worked. */
  readonly rungs: readonly RungReport[];
}

/**
 * Tries the rungs in order until `gone` settles. Each rung has its own deadline, which covers its action too: an action that
 * hangs or fails only leads to the next rung.
 */
export async function walkLadder(rungs: readonly Rung[], gone: Promise<unknown>, clock: Clock): Promise<LadderResult> {
  const reports: RungReport[] = [];
  for (const rung of rungs) {
    const report = await climb(rung, gone, clock);
    reports.push(report);
    if (report.outcome === 'worked') return { gone: true, rungs: reports };
  }
  return { gone: false, rungs: reports };
}

async function climb(rung: Rung, gone: Promise<unknown>, clock: Clock): Promise<RungReport> {
  const since = clock.elapsed();
  const report = (outcome: RungReport['outcome'], error?: unknown): RungReport => ({
    rung: rung.name,
    outcome,
    elapsedMs: Math.round(clock.elapsed() - since),
    ...(error === undefined ? {} : { error: error instanceof Error ? error.message : String(error) }),
  });
  if (rung.act === null) return report('unsupported');
  // A rung with no time to work is not tried: `graceMs: 0` means "do not ask".
  if (rung.deadlineMs <= 0) return report('skipped');

  const timer = new AbortController();
  let failure: unknown;
  const acted = rung.act().then(
    () => gone,
    async (error: unknown) => {
      failure = error;
      return FAILED;
    },
  );
  try {
    const first = await Promise.race([
      gone.then(() => GONE),
      acted.then((value) => (value === FAILED ? FAILED : GONE)),
      clock.sleep(rung.deadlineMs, timer.signal).then(
        () => LATE,
        () => LATE,
      ),
    ]);
    if (first === GONE) return report('worked');
    return first === FAILED ? report('failed', failure) : report('timed-out');
  } finally {
    timer.abort();
  }
}

const GONE = Symbol('gone');
const FAILED = Symbol('failed');
const LATE = Symbol('late');
