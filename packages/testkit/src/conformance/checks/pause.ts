import { equal } from 'node:assert/strict';
import { type ConformanceCheck, checksOf } from '../check.ts';
import { within } from '../expectations.ts';
import { machineOf } from '../world.ts';

/** Suspending the vCPUs and letting them go on. */
export const PAUSE_CHECKS: readonly ConformanceCheck[] = checksOf('pause', [
  {
    name: 'a ready guest is paused, the hypervisor says so, and it is ready again after resume',
    needs: ['pause'],
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'ready');
      for (let round = 0; round < 2; round += 1) {
        await vm.pause();
        equal(vm.state.status, 'paused');
        equal(
          await machineOf(controller, vm).state(),
          'paused',
          'pause() resolved, and the hypervisor still executes the guest',
        );
        await vm.resume();
        equal(vm.state.status, 'ready');
        equal(
          await machineOf(controller, vm).state(),
          'running',
          'resume() resolved, and the hypervisor does not execute the guest',
        );
      }
      await vm.kill();
    },
  },
  {
    name: 'a guest that was not ready is running again after resume, and can still be stopped',
    needs: ['pause', 'powerButton'],
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'never-ready');
      await vm.pause();
      await vm.resume();
      equal(vm.state.status, 'running');
      await vm.kill();
    },
  },
  {
    name: 'a paused VM can be stopped',
    needs: ['pause'],
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'ready');
      await vm.pause();
      const exit = await within(world.guestMs, vm.stop({ graceMs: world.guestMs }), 'stop of a paused VM');
      equal(vm.state.status, 'stopped');
      if (vm.can('powerButton')) equal(exit.how, 'guest', 'the paused guest was not let go on to power off');
    },
  },
]);
