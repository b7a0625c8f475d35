import { deepEqual, equal } from 'node:assert/strict';
import { isEnded, isVmError } from '@vmrs/core';
import { type ConformanceCheck, checksOf } from '../check.ts';
import { eventually } from '../expectations.ts';
import { bootInSecondProcess } from '../second-process.ts';
import { SkippedError } from '../skipped-error.ts';
import type { Controller, World } from '../world.ts';

/** VMs that live no longer than their controller. */
export const LIFETIME_CHECKS: readonly ConformanceCheck[] = checksOf('lifetime', [
  {
    name: 'an attached VM ends with the process that booted it, also when that is killed, and the next manager sweeps what is left',
    async run(world) {
      await skipIfRefused(world);
      const { name } = await bootInSecondProcess(world, await world.config('ready'), 'attached');
      // Before anybody looks: its end is not the next manager's doing.
      await eventually(
        world.guestMs,
        async () => (await world.processes()).length === 0,
        'the end of all its processes',
      );
      const { manager } = await world.open({ keep: 'always' });
      const [found] = await manager.list();
      equal(found?.name, name);
      equal(found?.state.status, 'stopped');
      equal(isEnded(found.state) ? found.state.exit?.how : null, 'orphaned');
      await manager.remove(name);
      deepEqual(await manager.list(), []);
    },
  },
  {
    name: 'a manager stops its attached VMs when it is closed',
    async run(world) {
      await skipIfRefused(world);
      const controller = await world.open({ keep: 'always' });
      const vm = await world.boot(controller, 'ready', {}, { lifetime: 'attached' });
      await controller.manager.close();
      equal(vm.state.status, 'stopped');
      deepEqual(await world.processes(), []);
    },
  },
]);

/** A driver whose VMM leaves its process group cannot have core end it; it has to say so before it starts anything. */
async function skipIfRefused(world: World): Promise<void> {
  const controller = await world.open();
  const config = await world.config('ready');
  try {
    await (await controller.manager.boot(config, { lifetime: 'attached' })).kill();
  } catch (error) {
    if (!isVmError(error, 'UNSUPPORTED')) throw error;
    deepEqual(sessionSpawns(controller), [], 'the driver refused lifetime attached after it had started something');
    throw new SkippedError({ missing: error.message });
  }
}

function sessionSpawns({ driver }: Controller): readonly unknown[] {
  return driver.sessions.flatMap(({ spawned }) => spawned);
}
