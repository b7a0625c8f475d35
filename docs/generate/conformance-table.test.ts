import { CONFORMANCE_CHECKS } from '@vmrs/testkit';
import { describe, expect, it } from 'vitest';
import { conformanceResults } from './conformance-table.ts';

describe('the conformance results in the docs', () => {
  it('are those of the suite as it is now: every check, once, for every driver', async () => {
    const wanted = CONFORMANCE_CHECKS.map(({ area, name }) => `${area}: ${name}`).sort();
    const results = await conformanceResults();
    expect(results.length).toBeGreaterThan(3);
    for (const { subject, passed, failed, skipped } of results) {
      const checks = [...passed, ...failed, ...skipped.map(({ check }) => check)].sort();
      expect(checks, `${subject}: run pnpm docs:conformance`).toEqual(wanted);
      expect(failed, subject).toEqual([]);
    }
  });
});
