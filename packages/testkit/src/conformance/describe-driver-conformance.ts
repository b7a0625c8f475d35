import { CONFORMANCE_CHECKS } from './all-checks.ts';
import { checkTimeoutMs, runCheck } from './run-check.ts';
import type { ConformanceSubject } from './subject.ts';

/** How much longer a test runner waits than a check does, so that clearing up is never cut short. */
const CLEARING_UP_MS = 30_000;

/** What the suite needs of a test runner. `{ describe, it }` of vitest and of `node:test` both fit. */
export interface ConformanceRunner {
  describe(name: string, body: () => void): unknown;
  it(
    name: string,
    options: { timeout: number },
    body: (context: { skip(reason: string): unknown }) => Promise<void>,
  ): unknown;
}

/**
 * Declares the whole conformance suite for one driver: a block per area, a test per check. Checks run one after another. A check
 * is skipped only for want of a capability or of a named prerequisite, and the reason is told to the runner.
 */
export function describeDriverConformance(runner: ConformanceRunner, subject: ConformanceSubject): void {
  const timeout = checkTimeoutMs(subject) + CLEARING_UP_MS;
  const areas = Map.groupBy(CONFORMANCE_CHECKS, ({ area }) => area);
  runner.describe(`conformance of driver '${subject.name}'`, () => {
    for (const [area, checks] of areas) {
      runner.describe(area, () => {
        for (const check of checks) {
          runner.it(check.name, { timeout }, async (context) => {
            const outcome = await runCheck(check, subject);
            if (outcome.status === 'failed') throw outcome.error;
            if (outcome.status === 'skipped') context.skip(outcome.reason);
          });
        }
      });
    }
  });
}
