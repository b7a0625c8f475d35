import { CONFORMANCE_CHECKS } from './all-checks.ts';
import type { ConformanceCheck } from './check.ts';
import { type CheckOutcome, runCheck } from './run-check.ts';
import type { ConformanceSubject } from './subject.ts';

/** One line of a {@link ConformanceReport}. */
export interface CheckReport {
  readonly area: string;
  readonly name: string;
  readonly status: CheckOutcome['status'];
  /** Why it was skipped, or how it failed. */
  readonly reason?: string;
  readonly elapsedMs: number;
}

/** What the suite found out about a driver: plain data, to be published with it. */
export interface ConformanceReport {
  readonly driver: string;
  readonly passed: number;
  readonly skipped: number;
  readonly failed: number;
  readonly checks: readonly CheckReport[];
}

/** Options of {@link runDriverConformance}. */
export interface RunOptions {
  /** The checks to run. Default: all. */
  readonly checks?: readonly ConformanceCheck[];
  /** Told of each check as soon as it is over. */
  readonly onCheck?: (report: CheckReport) => void;
}

/** Runs the suite without a test runner, one check after another, and reports. Never rejects for a check that fails. */
export async function runDriverConformance(
  subject: ConformanceSubject,
  options: RunOptions = {},
): Promise<ConformanceReport> {
  const checks: CheckReport[] = [];
  for (const check of options.checks ?? CONFORMANCE_CHECKS) {
    const since = performance.now();
    const outcome = await runCheck(check, subject);
    const report = toReport(check, outcome, Math.round(performance.now() - since));
    checks.push(report);
    options.onCheck?.(report);
  }
  const count = (status: CheckReport['status']): number => checks.filter((check) => check.status === status).length;
  return { driver: subject.name, passed: count('passed'), skipped: count('skipped'), failed: count('failed'), checks };
}

function toReport({ area, name }: ConformanceCheck, outcome: CheckOutcome, elapsedMs: number): CheckReport {
  const base = { area, name, status: outcome.status, elapsedMs };
  switch (outcome.status) {
    case 'passed':
      return base;
    case 'skipped':
      return { ...base, reason: outcome.reason };
    case 'failed':
      return { ...base, reason: outcome.error instanceof Error ? outcome.error.message : String(outcome.error) };
  }
}
