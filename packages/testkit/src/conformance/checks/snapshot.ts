import { equal, ok } from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ConformanceCheck, checksOf } from '../check.ts';
import { nothingIn, rejectsWith } from '../expectations.ts';
import { filesUnder } from '../outside/files.ts';
import { machineOf, sessionOf } from '../world.ts';

/** Saving a VM and bringing it back. */
export const SNAPSHOT_CHECKS: readonly ConformanceCheck[] = checksOf('snapshot', [
  {
    name: 'a snapshot is written, and the VM stays paused',
    needs: ['snapshot', 'pause'],
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'ready');
      await vm.pause();
      const directory = join(world.filesDir, 'snapshot');
      await vm.snapshot(directory);
      ok((await filesUnder(directory)).length > 0, 'the snapshot is empty');
      equal(await machineOf(controller, vm).state(), 'paused', 'the VM was let go on by its snapshot');
      ok(
        !sessionOf(controller, vm).events.some(({ type }) => type === 'resumed'),
        'the VM was resumed by its snapshot',
      );
      equal(vm.state.status, 'paused');
      await vm.kill();
    },
  },
  {
    name: 'a VM is restored from a snapshot: paused, then as it was',
    needs: ['snapshot', 'pause'],
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'ready');
      const { state } = vm;
      await vm.pause();
      const directory = join(world.filesDir, 'snapshot');
      await vm.snapshot(directory);
      await vm.kill();
      const restored = await controller.manager.restore(directory, { name: 'restored' });
      equal(restored.state.status, 'paused');
      equal(await machineOf(controller, restored).state(), 'paused', 'a restored VM must come up paused');
      await restored.resume();
      equal(restored.state.status, state.status);
      equal(await machineOf(controller, restored).state(), 'running');
      const exit = await restored.stop({ graceMs: world.guestMs });
      if (restored.can('powerButton')) equal(exit.how, 'guest', 'the restored guest did not react to its power button');
    },
  },
  {
    name: 'a restore of something that is no snapshot is refused before anything is started',
    needs: ['snapshot'],
    async run(world) {
      const controller = await world.open();
      const directory = join(world.filesDir, 'empty');
      await mkdir(directory);
      await rejectsWith(controller.manager.restore(directory, { name: 'restored' }), 'SNAPSHOT_FAILED', 'restore');
      equal(controller.driver.sessions.length, 0, 'the driver was asked all the same');
      nothingIn(await world.processes(), 'the refused restore left processes');
    },
  },
]);
