import { deepEqual, equal, ok } from 'node:assert/strict';
import { type ConformanceCheck, checksOf } from '../check.ts';
import { noListenersOn, nothingIn, rejectsAborted, within } from '../expectations.ts';
import type { Session } from '../observed-driver.ts';
import { filesUnder } from '../outside/files.ts';
import type { Controller, World } from '../world.ts';

/** How long a driver may take to undo a boot that was given up. */
const UNDO_MS = 5_000;

/** Calls that are given up. */
export const ABORT_CHECKS: readonly ConformanceCheck[] = checksOf('abort', [
  {
    name: 'a boot that is aborted before it begins never reaches the driver and leaves nothing',
    async run(world) {
      const controller = await world.open();
      const reason = new Error('aborted before');
      const signal = AbortSignal.abort(reason);
      await rejectsAborted(controller.manager.boot(await world.config('ready'), { signal }), reason, 'boot');
      deepEqual(controller.driver.sessions, []);
      await nothingLeft(world, controller, signal);
    },
  },
  {
    name: 'a boot that is aborted when its process has just been started is undone by the driver',
    async run(world) {
      const controller = await world.open();
      await abortedBoot(world, controller, (abort) => {
        controller.driver.hooks.onSpawn = abort;
      });
    },
  },
  {
    name: 'boots that are aborted at arbitrary moments leave nothing, and the name is free again',
    async run(world) {
      const controller = await world.open();
      const config = await world.config('ready');
      for (const delayMs of [0, 5, 20, 60, 120]) {
        const given = new AbortController();
        const boot = controller.manager.boot(config, { signal: given.signal });
        const timer = setTimeout(() => given.abort(new Error(`aborted after ${delayMs} ms`)), delayMs);
        const [result] = await Promise.allSettled([boot]);
        clearTimeout(timer);
        if (result.status === 'fulfilled') await result.value.kill();
        else await rejectsAborted(boot, given.signal.reason, 'boot');
        await nothingLeft(world, controller, given.signal);
      }
      const vm = await controller.manager.boot(config);
      await vm.ready({ timeoutMs: world.guestMs });
      await vm.kill();
    },
  },
  {
    name: 'an abort after the boot does nothing to the VM, and nobody listens for it any more',
    async run(world) {
      const controller = await world.open();
      const given = new AbortController();
      const vm = await world.boot(controller, 'ready', {}, { signal: given.signal });
      noListenersOn(given.signal, 'boot');
      noListenersOn(theSession(controller).signal, "the driver's boot");
      given.abort(new Error('aborted after'));
      equal(vm.state.status, 'ready');
      await vm.kill();
    },
  },
  {
    name: 'a wait that is aborted leaves the VM as it is',
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'never-ready');
      const given = new AbortController();
      const waits = [vm.ready({ signal: given.signal }), vm.waitFor('ready', { signal: given.signal })];
      const reason = new Error('waited long enough');
      given.abort(reason);
      await Promise.all(waits.map((wait) => rejectsAborted(wait, reason, 'wait')));
      noListenersOn(given.signal, 'waits');
      equal(vm.state.status, 'running');
      await vm.kill();
    },
  },
  {
    name: 'operations of the machine that are aborted beforehand do nothing',
    needs: ['pause'],
    async run(world) {
      const vm = await world.boot(await world.open(), 'ready');
      const reason = new Error('aborted beforehand');
      await rejectsAborted(vm.pause({ signal: AbortSignal.abort(reason) }), reason, 'pause');
      equal(vm.state.status, 'ready');
      const signal = new AbortController().signal;
      await vm.pause({ signal });
      await vm.resume({ signal });
      noListenersOn(signal, 'pause and resume');
      await vm.kill();
    },
  },
]);

/** Boots, aborts at the moment that `at` arranges, and looks at what the driver made of it: core would clean up after it. */
async function abortedBoot(world: World, controller: Controller, at: (abort: () => void) => void): Promise<void> {
  const given = new AbortController();
  const reason = new Error('aborted during');
  at(() => given.abort(reason));
  const boot = controller.manager.boot(await world.config('ready'), { signal: given.signal });
  await rejectsAborted(boot, reason, 'boot');
  const session = theSession(controller);
  const [outcome] = await within(UNDO_MS, Promise.allSettled([session.outcome]), "the driver's boot after the abort");
  equal(outcome.status, 'rejected', 'the driver was told to give up, and handed over a machine all the same');
  ok(session.spawned.length > 0, 'the driver started no process through core');
  noListenersOn(session.signal, "the driver's boot");
  await nothingLeft(world, controller, given.signal);
}

async function nothingLeft(world: World, { manager }: Controller, signal: AbortSignal): Promise<void> {
  noListenersOn(signal, 'boot');
  nothingIn(await world.processes(), 'the aborted boot left processes');
  nothingIn(await filesUnder(world.runtimeDir), 'the aborted boot left sockets');
  deepEqual(await manager.list(), [], 'the aborted boot left a VM');
}

function theSession({ driver }: Controller): Session {
  const session = driver.sessions.at(-1);
  ok(session !== undefined, 'the driver was never asked to boot');
  return session;
}
