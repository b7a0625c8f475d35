import { isVmError } from '../../errors/index.ts';
import { linkAborts } from '../../util/linked-abort.ts';
import type { ProbeTarget, ReadinessProbe } from './probe.ts';

/** Ready when all of them are, in one and the same attempt. Ready at once when there are none. */
export function allOf(...probes: readonly ReadinessProbe[]): ReadinessProbe {
  return {
    name: `allOf(${namesOf(probes)})`,
    check: (target, signal) => together(probes, target, signal, (checks) => Promise.all(checks)),
  };
}

/** Ready when any of them is. Never ready when there are none, which is a `TypeError`. */
export function anyOf(...probes: readonly ReadinessProbe[]): ReadinessProbe {
  if (probes.length === 0) throw new TypeError('anyOf needs at least one probe');
  return {
    name: `anyOf(${namesOf(probes)})`,
    async check(target, signal) {
      try {
        await together(probes, target, signal, (checks) => Promise.any(checks));
      } catch (error) {
        if (!(error instanceof AggregateError)) throw error;
        throw new Error(error.errors.map(textOf).join('; '), { cause: error });
      }
    },
  };
}

/** Runs all probes; those that are still running when it is decided are given up. */
async function together(
  probes: readonly ReadinessProbe[],
  target: ProbeTarget,
  signal: AbortSignal,
  decide: (checks: readonly Promise<void>[]) => Promise<unknown>,
): Promise<void> {
  const gate = linkAborts(signal);
  try {
    await decide(probes.map((probe) => named(probe, target, gate.signal)));
  } finally {
    gate.abort(new Error('another probe has decided'));
    gate.dispose();
  }
}

async function named(probe: ReadinessProbe, target: ProbeTarget, signal: AbortSignal): Promise<void> {
  try {
    await probe.check(target, signal);
  } catch (error) {
    if (isVmError(error, 'UNSUPPORTED')) throw error;
    throw new Error(`${probe.name}: ${textOf(error)}`, { cause: error });
  }
}

function namesOf(probes: readonly ReadinessProbe[]): string {
  return probes.map(({ name }) => name).join(', ');
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
