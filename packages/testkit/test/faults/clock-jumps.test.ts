import { setInterval } from 'node:timers';
import type { ManagerOptions } from '@vmrs/core';
import { systemClock } from '@vmrs/core/driver';
import { expect, it, vi } from 'vitest';
import { within } from '../../src/conformance/expectations.ts';
import { ANSWER_MS, FaultBench, failsIn, QUICK, SLACK_MS } from './fault-bench.ts';

const HOUR_MS = 3_600_000;

/** A wall clock, the one of `Date` too, that goes five hours back and forth every few milliseconds, beside a monotonic one that does not. */
function jumpyClock(): { readonly clock: NonNullable<ManagerOptions['clock']> } & Disposable {
  const start = Date.now();
  let jumps = 0;
  const now = (): number => start + (jumps % 2 === 0 ? 5 : -5) * HOUR_MS + jumps;
  vi.useFakeTimers({ toFake: ['Date'] });
  const timer = setInterval(() => {
    jumps += 1;
    vi.setSystemTime(now());
  }, 3);
  return {
    clock: { ...systemClock, now },
    [Symbol.dispose]() {
      clearInterval(timer);
      vi.useRealTimers();
    },
  };
}

it('a wall clock that jumps by hours changes no deadline, no readiness and no record', async () => {
  using jumpy = jumpyClock();
  await using bench = await FaultBench.create();
  const { clock } = jumpy;
  const controller = await bench.open({ clock });
  const vm = await controller.vms.boot(await bench.config(), { timeoutMs: 20_000 });
  expect(await vm.ready({ timeoutMs: 20_000 })).toEqual({ ip: '10.0.2.15' });
  await vm.pause();
  const late = await failsIn(SLACK_MS, vm.ready({ timeoutMs: 100 }), 'TIMEOUT');
  expect(late.details).toMatchObject({ timeoutMs: 100 });
  await vm.resume();
  await controller.vms.close();

  const second = await bench.open({ clock });
  const taken = await second.vms.get('web');
  expect(taken.state.status).toBe('ready');
  await second.driver.inject('web', [
    { do: 'power-button', is: 'ignored' },
    { do: 'control', mode: 'hangs' },
  ]);
  const { rungs } = await within(4 * ANSWER_MS + SLACK_MS, taken.stop(QUICK), 'stop');
  for (const { elapsedMs } of rungs) {
    expect(elapsedMs).toBeGreaterThanOrEqual(0);
    expect(elapsedMs).toBeLessThan(ANSWER_MS + SLACK_MS);
  }
  await bench.nothingLeft(second);
});

it('a wall clock that jumps by hours does not stretch or cut the time of a boot', async () => {
  using jumpy = jumpyClock();
  await using bench = await FaultBench.create();
  const controller = await bench.open({ clock: jumpy.clock });
  controller.driver.faults.set('booted', { hang: true });
  const since = performance.now();
  await failsIn(1_500 + SLACK_MS, controller.vms.boot(await bench.config(), { timeoutMs: 1_500 }), 'TIMEOUT');
  expect(performance.now() - since).toBeGreaterThanOrEqual(1_490);
  await bench.nothingLeft(controller);
});
