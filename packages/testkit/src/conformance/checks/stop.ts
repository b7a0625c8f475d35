import { deepEqual, equal, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ConformanceCheck, checksOf } from '../check.ts';
import { within } from '../expectations.ts';
import { machineOf, sessionOf } from '../world.ts';

/** How long a guest is watched that must run on. */
const WATCH_MS = 500;

/** The stop ladder. */
export const STOP_CHECKS: readonly ConformanceCheck[] = checksOf('stop', [
  {
    name: 'a guest that obeys its power button ends by itself, and stop() says so',
    needs: ['powerButton'],
    async run(world) {
      const vm = await world.boot(await world.open(), 'ready');
      const exit = await vm.stop({ graceMs: world.guestMs });
      equal(exit.how, 'guest');
      deepEqual(
        exit.rungs.map(({ rung, outcome }) => `${rung} ${outcome}`),
        ['power-button worked'],
      );
      equal(vm.state.status, 'stopped');
    },
  },
  {
    name: 'the power button only asks: a guest that ignores it runs on, and the ladder tells which rung ended it',
    needs: ['powerButton'],
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'ignores-power-button');
      const machine = machineOf(controller, vm);
      await within(WATCH_MS * 4, machine.requestStop?.() ?? Promise.resolve(), 'requestStop, which only asks,');
      await sleep(WATCH_MS);
      equal(await machine.state(), 'running', 'the guest ignores its power button and was ended all the same');
      const exit = await vm.stop({ graceMs: WATCH_MS });
      const [first, ...others] = exit.rungs;
      deepEqual([first?.rung, first?.outcome], ['power-button', 'timed-out']);
      const last = others.at(-1);
      equal(last?.outcome, 'worked');
      ok(exit.how !== 'guest', 'the guest ignores its power button, so it cannot have powered itself off');
      equal(vm.state.status, 'stopped');
    },
  },
  {
    name: 'the hypervisor ends the VM at once when told to',
    needs: ['terminate'],
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'ready');
      const exit = await vm.stop({ graceMs: 0 });
      equal(
        exit.how,
        'terminated',
        `the ladder went ${exit.rungs.map(({ rung, outcome }) => `${rung} ${outcome}`).join(', ')}`,
      );
      ok(!sessionOf(controller, vm).calls.includes('requestStop'), 'without time to react the guest must not be asked');
    },
  },
  {
    name: 'kill goes ahead of a stop that waits for the guest, and both tell the same end',
    needs: ['powerButton'],
    async run(world) {
      const vm = await world.boot(await world.open(), 'ignores-power-button');
      const stop = vm.stop({ graceMs: 60_000 });
      await vm.waitFor('stopping', { timeoutMs: 1_000 });
      const kill = await within(world.guestMs, vm.kill(), 'kill during a stop');
      const stopped = await within(1_000, stop, 'the stop that was overtaken');
      equal(stopped.how, kill.how);
      equal(stopped.at, kill.at);
    },
  },
]);
