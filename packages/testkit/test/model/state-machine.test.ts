import fc from 'fast-check';
import { it } from 'vitest';
import { play } from './play.ts';
import { sequence } from './sequences.ts';

/** Raise it for a long run: `VMRS_PROPERTY_RUNS=2000`. */
const RUNS = Number(process.env['VMRS_PROPERTY_RUNS'] ?? 30);

it(
  `does what the model does, in ${RUNS} random sequences of calls and events`,
  { timeout: 60_000 + RUNS * 5_000 },
  () =>
    fc.assert(fc.asyncProperty(sequence, play), {
      numRuns: RUNS,
      endOnFailure: process.env['VMRS_PROPERTY_SHRINK'] === undefined,
    }),
);
