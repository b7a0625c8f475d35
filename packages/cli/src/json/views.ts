import type { DriverSurvey, ProbeReport, Vm, VmState, VmSummary } from '@vmrs/core';
import type { DriverView, EndView, VmView } from './shapes.ts';

/** A line of `ls`. */
export function vmView(summary: VmSummary): VmView {
  const { namespace, name, instanceId, driver, createdAt, ownerPid = null, problem = null } = summary;
  return { namespace, name, instanceId, driver, ...stateView(summary.state), createdAt, ownerPid, problem };
}

/** A VM in hand, as it is now. */
export function endView({ namespace, name, state }: Pick<Vm, 'namespace' | 'name' | 'state'>): EndView {
  return { namespace, name, ...stateView(state) };
}

function stateView(state: VmState): Pick<VmView, 'state' | 'ip' | 'reason' | 'exit'> {
  return {
    state: state.status,
    ip: state.status === 'ready' ? state.ip : null,
    reason: state.status === 'failed' ? state.reason : null,
    exit: 'exit' in state ? state.exit : null,
  };
}

/** The drivers of a survey. `wanted`: the id of the one that was asked for. */
export function driverViews(survey: readonly DriverSurvey[], wanted: string | undefined): readonly DriverView[] {
  const chosen = survey.find(({ id, usable }) => usable && (wanted === undefined || id === wanted));
  return survey.map((found) => {
    const { id, manifest, driver, report, usable, reason = null, fix = null } = found;
    const contract = manifest?.contract ?? driver?.contract ?? null;
    return {
      id,
      package: found.package ?? null,
      contract: contract === null ? null : `${contract.major}.${contract.minor}`,
      platforms: manifest?.platforms ?? [],
      priority: manifest?.priority ?? null,
      usable,
      chosen: found === chosen,
      reason,
      fix,
      problems: usable ? (report?.problems ?? []) : [],
      facts: report?.facts ?? {},
      capabilities: driver?.capabilities ?? null,
    };
  });
}

/** What a driver found on this host, in one line: its facts that are texts or numbers. */
export function factsLine(facts: ProbeReport['facts']): string {
  return Object.entries(facts)
    .filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value))
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ');
}
