import { deepEqual, equal } from 'node:assert/strict';
import { type ConformanceCheck, checksOf } from '../check.ts';
import { within } from '../expectations.ts';
import { machineOf } from '../world.ts';

/** Doing a thing twice. */
export const IDEMPOTENCE_CHECKS: readonly ConformanceCheck[] = checksOf('idempotence', [
  {
    name: 'concurrent and later stops all tell the same end',
    async run(world) {
      const vm = await world.boot(await world.open(), 'ready');
      const [first, second] = await Promise.all([vm.stop({ graceMs: world.guestMs }), vm.stop({ graceMs: 1 })]);
      deepEqual(second, first, 'two stops at once tell different ends');
      deepEqual(await vm.stop(), first, 'a later stop tells another end');
      deepEqual(await vm.kill(), first, 'a later kill tells another end');
    },
  },
  {
    name: 'the machine can be killed twice at once, and again when it is gone',
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'never-ready');
      const machine = machineOf(controller, vm);
      await within(world.guestMs, Promise.all([machine.kill(), machine.kill()]), 'two kills at once');
      await vm.exit;
      await within(world.guestMs, machine.kill(), 'kill of a machine that is gone');
    },
  },
  {
    name: 'stopping a VM whose guest has powered itself off succeeds',
    async run(world) {
      const vm = await world.boot(await world.open(), 'powers-off');
      await within(world.guestMs, vm.exit, "the guest's own power-off");
      equal((await vm.stop()).how, 'guest');
    },
  },
]);
