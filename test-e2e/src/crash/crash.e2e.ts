import { type ChildProcess, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { campaign, everyStep, lengthOf, randomInstants, stepsOf } from './campaign.ts';
import { seededRandom } from './seeded-random.ts';

// The fast lane, on the stand-in VMM: the same lives and the same judgement as `pnpm test:crash` has on real guests.

const INSTANTS = 200;
const SIDE_BY_SIDE = 4;

/** As many controllers may live to their end although they were to die at a step: no two lives take quite the same steps. */
const FEW = 8;

/** Somebody else's process, which nobody may touch. */
let bystander: ChildProcess;

beforeAll(() => {
  bystander = spawn('/bin/sleep', ['3600'], { stdio: 'ignore' });
});

afterAll(() => {
  bystander.kill();
});

describe('a controller that is killed with SIGKILL', { timeout: 600_000 }, () => {
  it.each(['detached', 'attached'] as const)(
    'before or after any step of a life with a VM that is %s loses and leaks nothing',
    async (lifetime) => {
      const steps = await stepsOf('stand-in', lifetime);
      const { findings, survived } = await campaign('stand-in', everyStep(steps, lifetime), SIDE_BY_SIDE);
      expect(findings).toEqual([]);
      expect(survived).toBeLessThan(FEW);
    },
  );

  it(`at any of ${INSTANTS} random instants loses and leaks nothing`, async () => {
    const seed = Number(process.env['VMRS_CRASH_SEED'] ?? Date.now() % 2 ** 32);
    const length = await lengthOf('stand-in', 'detached');
    const random = seededRandom(seed);
    const detached = randomInstants(INSTANTS * 0.75, length, 'detached', random);
    const attached = randomInstants(INSTANTS * 0.25, length, 'attached', random);
    const { findings } = await campaign('stand-in', [...detached, ...attached], SIDE_BY_SIDE);
    expect(findings, `VMRS_CRASH_SEED=${seed}`).toEqual([]);
  });

  it('and everything that came after it never signalled a stranger', () => {
    expect([bystander.exitCode, bystander.signalCode]).toEqual([null, null]);
  });
});
