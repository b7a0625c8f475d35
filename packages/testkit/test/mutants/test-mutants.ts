import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { CONFORMANCE_CHECKS, type ConformanceCheck, runDriverConformance } from '../../src/conformance/index.ts';
import { type Mutant, mutantSubject } from '../../src/mutants/index.ts';
import { FAKE_MANIFEST } from '../fake-package.ts';

/** Longest time for a suite in which some checks hang until their deadline. */
const SUITE_MS = 300_000;

/** Whether the whole suite runs on each mutant. Else only the areas of its fault and the lifecycle: 1 minute instead of 5. */
const ALL_CHECKS = process.env['VMRS_ALL_CHECKS'] === '1';

/** One test per mutant: the suite runs on it, and the checks that fail are exactly those of the table. */
export async function testMutants(title: string, mutants: readonly Mutant[]): Promise<void> {
  const guests = await mkdtemp(join(tmpdir(), 'vmrs-guests-'));
  afterAll(() => rm(guests, { recursive: true }));
  const known = CONFORMANCE_CHECKS.map(({ area, name }) => `${area}: ${name}`);

  describe(title, () => {
    it.each(mutants)('$fault', { timeout: SUITE_MS }, async (mutant) => {
      const expected = [mutant.caughtBy, ...(mutant.alsoFails ?? [])];
      expect(known).toEqual(expect.arrayContaining(expected));
      const subject = { ...mutantSubject(mutant, guests), manifest: FAKE_MANIFEST };
      const near = ({ area }: ConformanceCheck): boolean =>
        area === 'lifecycle' || expected.some((name) => name.startsWith(`${area}: `));
      const { checks } = await runDriverConformance(subject, {
        checks: CONFORMANCE_CHECKS.filter((check) => ALL_CHECKS || near(check)),
      });
      const failed = checks.filter(({ status }) => status === 'failed');
      const evidence = failed.map(({ name, reason }) => `${name}: ${reason}`).join('\n');
      expect(failed.map(({ area, name }) => `${area}: ${name}`).sort(), evidence).toEqual([...expected].sort());
    });
  });
}
