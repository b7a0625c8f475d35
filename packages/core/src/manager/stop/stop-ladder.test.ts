import { describe, expect, it } from 'vitest';
import { systemClock } from '../../util/clock.ts';
import { deferred } from '../../util/deferred.ts';
import { type Rung, walkLadder } from './stop-ladder.ts';

const never = new Promise<never>(() => {});
const hang = () => never;
const rung = (name: Rung['name'], act: Rung['act'], deadlineMs = 20): Rung => ({ name, act, deadlineMs });
const outcomes = async (rungs: readonly Rung[], gone: Promise<unknown>) => {
  const result = await walkLadder(rungs, gone, systemClock);
  return [result.gone, ...result.rungs.map(({ rung, outcome }) => `${rung} ${outcome}`)];
};

describe('walkLadder', () => {
  it('stops at the rung that worked', async () => {
    const gone = deferred<void>();
    const rungs = [
      rung('power-button', async () => {}),
      rung('terminate', async () => gone.resolve()),
      rung('sigterm', hang),
    ];
    expect(await outcomes(rungs, gone.promise)).toEqual([true, 'power-button timed-out', 'terminate worked']);
  });

  it('goes on when an action fails, and says why', async () => {
    const gone = deferred<void>();
    const fail = async () => {
      throw new Error('socket closed');
    };
    const result = await walkLadder(
      [rung('terminate', fail), rung('sigkill', async () => gone.resolve())],
      gone.promise,
      systemClock,
    );
    expect(result.rungs).toMatchObject([{ outcome: 'failed', error: 'socket closed' }, { outcome: 'worked' }]);
  });

  it('does not wait for an action that hangs longer than its deadline', async () => {
    const gone = deferred<void>();
    const rungs = [rung('power-button', hang), rung('sigkill', async () => gone.resolve())];
    expect(await outcomes(rungs, gone.promise)).toEqual([true, 'power-button timed-out', 'sigkill worked']);
  });

  it('counts a VM that goes while an action is still pending', async () => {
    const gone = deferred<void>();
    const vanishing = () => {
      gone.resolve();
      return never;
    };
    expect(await outcomes([rung('power-button', vanishing, 5000)], gone.promise)).toEqual([
      true,
      'power-button worked',
    ]);
  });

  it('reports rungs that are not available or were given no time', async () => {
    const gone = deferred<void>();
    const rungs = [rung('power-button', null), rung('terminate', hang, 0), rung('sigkill', async () => gone.resolve())];
    expect(await outcomes(rungs, gone.promise)).toEqual([
      true,
      'power-button unsupported',
      'terminate skipped',
      'sigkill worked',
    ]);
  });

  it('says that nothing worked', async () => {
    expect(await outcomes([rung('sigterm', async () => {}), rung('sigkill', async () => {})], never)).toEqual([
      false,
      'sigterm timed-out',
      'sigkill timed-out',
    ]);
  });
});
