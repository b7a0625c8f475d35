import fc from 'fast-check';
import { it } from 'vitest';
import { play } from './play.ts';
import { REGRESSIONS } from './regressions.ts';
import { sequence } from './sequences.ts';

/** Raise it for a long run: `VMRS_PROPERTY_RUNS=2000`. With `VMRS_PROPERTY_SHRINK` set, a failure is cut down to what it takes. */
const RUNS = Number(process.env['VMRS_PROPERTY_RUNS'] ?? 60);

it.each(REGRESSIONS)('does what the model does where it once did not (%#)', play);

it(`does what the model does, in ${RUNS} random sequences of calls and events`, {
  timeout: 60_000 + RUNS * 5_000,
}, () => {
  // Cutting a failure down takes long in real time, and its story names every call as it is.
  const options = { numRuns: RUNS, endOnFailure: process.env['VMRS_PROPERTY_SHRINK'] === undefined };
  return fc.assert(fc.asyncProperty(sequence, play), options);
});
