import { deepEqual } from 'node:assert/strict';
import type { ConformanceCheck } from '../check.ts';
import { checksOf } from '../check.ts';
import { nothingIn } from '../expectations.ts';
import { heldByController, leakedSince } from '../outside/controller.ts';
import { filesUnder } from '../outside/files.ts';
import type { Controller, World } from '../world.ts';

/** What is left after VMs came and went. */
export const LEAK_CHECKS: readonly ConformanceCheck[] = checksOf('leaks', [
  {
    name: 'no process is left after repeated cycles',
    async run(world) {
      await cycles(world, await world.open({ keep: 'never' }));
      nothingIn(await world.processes(), 'processes are left');
    },
  },
  {
    name: 'no socket and no file is left after repeated cycles',
    async run(world) {
      const controller = await world.open({ keep: 'never' });
      const before = new Set(await filesUnder(world.tempDir));
      await cycles(world, controller);
      nothingIn(await filesUnder(world.runtimeDir), 'left in the runtime directory');
      nothingIn((await filesUnder(world.stateDir)).filter(isNoLock), 'left in the state directory');
      const made = (await filesUnder(world.tempDir)).filter((line) => !before.has(line));
      nothingIn(made, 'left in the temporary directory');
      deepEqual(await controller.manager.list(), []);
    },
  },
  {
    name: 'the controller holds no more descriptors, listeners or timers after repeated cycles',
    async run(world) {
      const controller = await world.open({ keep: 'never' });
      // What the first boot loads and caches stays.
      await cycle(world, controller);
      const before = await heldByController();
      await cycles(world, controller);
      nothingIn(leakedSince(before, await heldByController()), 'held by this process');
    },
  },
]);

async function cycles(world: World, controller: Controller): Promise<void> {
  for (let round = 0; round < world.leakCycles; round += 1) await cycle(world, controller);
}

async function cycle(world: World, controller: Controller): Promise<void> {
  const vm = await world.boot(controller, 'ready', { name: 'cycle' });
  await vm.stop({ graceMs: world.guestMs });
}

/** Empty folders of namespaces and their lock files are not the driver's. */
function isNoLock(line: string): boolean {
  return !line.endsWith('(directory)') && !/\.lock \(/.test(line);
}
