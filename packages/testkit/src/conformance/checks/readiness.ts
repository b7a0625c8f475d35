import { deepEqual, equal, ok } from 'node:assert/strict';
import { type ConformanceCheck, checksOf } from '../check.ts';
import { rejectsWith, within } from '../expectations.ts';
import { sessionOf } from '../world.ts';

/** Knowing when a guest is ready, and when it never will be. */
export const READINESS_CHECKS: readonly ConformanceCheck[] = checksOf('readiness', [
  {
    name: 'a guest that never writes its marker runs on when the wait is over',
    async run(world) {
      const vm = await world.boot(await world.open(), 'never-ready');
      const error = await rejectsWith(vm.ready({ timeoutMs: 300 }), 'TIMEOUT', 'ready');
      ok(error.details.evidence !== undefined, 'the error holds no evidence');
      equal(vm.state.status, 'running');
      await vm.kill();
    },
  },
  {
    name: 'a guest that ends before it is ready fails the wait at once, with its last words',
    async run(world) {
      const vm = await world.boot(await world.open({ keep: 'always' }), 'powers-off');
      const wait = within(
        world.guestMs,
        vm.ready({ timeoutMs: 10 * world.guestMs }),
        'the wait for a guest that powers off',
      );
      const { details } = await rejectsWith(wait, 'NOT_READY', 'ready');
      equal(details.exit?.how, 'guest');
      ok(details.consoleTail.length > 0, 'the error does not hold what the guest had written to its console');
    },
  },
  {
    name: 'a guest that resets itself is not ready any more until it says so again',
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'reboots');
      const states: string[] = [];
      for await (const event of vm.events()) {
        if (event.type === 'state') states.push(event.state.status);
        if (states.filter((status) => status === 'ready').length === 2) break;
      }
      deepEqual(states.slice(states.indexOf('ready')), ['ready', 'running', 'ready']);
      const resets = sessionOf(controller, vm).events.filter(({ type }) => type === 'reset');
      ok(resets.length > 0, 'the driver never reported the reset');
      await vm.kill();
    },
  },
]);
