import { isVmError } from '../errors/index.ts';
import { raceAbort } from '../util/abort.ts';
import { systemClock } from '../util/clock.ts';
import { linkAborts } from '../util/linked-abort.ts';
import type { ProbeTarget, ReadinessProbe } from './probes/probe.ts';

/** The first and the longest pause between two attempts. */
const FIRST_PAUSE_MS = 20;
const LONGEST_PAUSE_MS = 1_000;
/** An attempt that takes longer is given up and made anew: a packet lost during boot must not cost the system's connect time-out. */
const ATTEMPT_MS = 5_000;

/**
 * Repeats every probe until it has succeeded once; all at the same time. `onStage` is told which ones are being waited for and why their last
 * attempts failed. Rejects with the signal's reason, or with `UNSUPPORTED`; nothing runs on after that.
 */
export async function runProbes(
  probes: readonly ReadinessProbe[],
  target: ProbeTarget,
  signal: AbortSignal,
  onStage: (stage: string) => void,
): Promise<void> {
  const waiting = new Map<ReadinessProbe, string>();
  const tell = (): void => onStage([...waiting.values()].join('; '));
  const gate = linkAborts(signal);
  const succeeds = async (probe: ReadinessProbe): Promise<void> => {
    const stage = `waiting for probe ${probe.name}`;
    waiting.set(probe, stage);
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      tell();
      const failure = await attempt(probe, target, gate.signal);
      if (failure === null) break;
      waiting.set(probe, `${stage}: ${failure}`);
      tell();
      await systemClock.sleep(pauseMs, gate.signal);
    }
    waiting.delete(probe);
    if (waiting.size > 0) tell();
  };
  try {
    await Promise.all(probes.map(succeeds));
  } finally {
    gate.abort(new Error('the wait is over'));
    gate.dispose();
  }
}

/** Null when the probe has succeeded, else the reason why it has not. */
async function attempt(probe: ReadinessProbe, target: ProbeTarget, signal: AbortSignal): Promise<string | null> {
  const gate = linkAborts(signal);
  const late = new Error(`no answer within ${ATTEMPT_MS} ms`);
  const timer = setTimeout(() => gate.abort(late), ATTEMPT_MS);
  try {
    await raceAbort(probe.check(target, gate.signal), gate.signal);
    return null;
  } catch (error) {
    signal.throwIfAborted();
    if (isVmError(error, 'UNSUPPORTED')) throw error;
    return error instanceof Error ? error.message : String(error);
  } finally {
    clearTimeout(timer);
    // A probe that does not heed its signal is at least told.
    gate.abort(late);
    gate.dispose();
  }
}
