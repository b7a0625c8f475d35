import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { isEnded, type Vm } from '@vmrs/core';
import { type ConformanceCheck, checksOf } from '../check.ts';
import { rejectsWith, within } from '../expectations.ts';
import { isAlive, signalFromOutside } from '../outside/processes.ts';
import { bootInSecondProcess, letGoInSecondProcess } from '../second-process.ts';
import { SkippedError } from '../skipped-error.ts';
import { type Controller, machineOf, type World } from '../world.ts';
import { crash } from './exit.ts';

/** How long is waited for a stranger's VM to come to harm. */
const WATCH_MS = 200;

/** Taking a VM back after its controller has ended. */
export const ADOPTION_CHECKS: readonly ConformanceCheck[] = checksOf('adoption', [
  {
    name: 'a VM that was let go of runs on, is found by another manager, and has its full function there',
    async run(world) {
      const first = await world.open();
      const vm = await world.boot(first, 'ready');
      const { name, instanceId, process: identity, state } = vm;
      await first.manager.close();
      if (identity !== null) ok(isAlive(identity), 'the VM ended with its manager');
      const { controller, taken } = await adopted(world);
      equal(taken.name, name);
      equal(taken.instanceId, instanceId);
      deepEqual(taken.process, identity);
      deepEqual(taken.state, state, 'a ready guest is not ready any more after adoption');
      await fullFunction(world, controller, taken);
    },
  },
  {
    name: 'a VM that another process booted runs on when that process is killed, and can be taken over',
    async run(world) {
      const { name, ip } = await bootInSecondProcess(world, await world.config('ready'));
      const { controller, taken } = await adopted(world);
      equal(taken.name, name);
      deepEqual(taken.state, { status: 'ready', ip });
      await fullFunction(world, controller, taken);
    },
  },
  {
    name: 'nothing keeps a process alive that has let go of its VM',
    async run(world) {
      await letGoInSecondProcess(world, await world.config('ready'));
      const { taken } = await adopted(world);
      equal(taken.state.status, 'ready');
      await taken.kill();
    },
  },
  {
    name: 'a paused VM is still paused after adoption',
    needs: ['pause'],
    async run(world) {
      const first = await world.open();
      await (await world.boot(first, 'ready')).pause();
      await first.manager.close();
      const { taken } = await adopted(world);
      equal(taken.state.status, 'paused');
      await taken.resume();
      equal(taken.state.status, 'ready');
      await taken.kill();
    },
  },
  {
    name: 'another process under the recorded pid is refused with STALE_PROCESS, and nothing is done to it',
    async run(world) {
      const first = await world.open();
      const vm = await world.boot(first, 'ready');
      const { process: identity } = vm;
      if (identity === null) throw new SkippedError({ missing: 'the VM has no process of its own' });
      await first.manager.close();
      const second = await world.open();
      let refused = false;
      second.driver.hooks.beforeAdopt = async (record, { context }) => {
        // The same pid with another start time is what a reused pid looks like.
        const stranger = { ...identity, startTime: String(BigInt(identity.startTime) - 1n) };
        const attempt = second.driver.inner.adopt({ ...record, process: stranger }, context);
        await rejectsWith(within(world.guestMs, attempt, 'adopt'), 'STALE_PROCESS', "adoption of a stranger's process");
        refused = true;
      };
      const { adopted: vms, problems } = await second.manager.adoptAll();
      deepEqual(problems, []);
      ok(refused, 'adopt was never called');
      await sleep(WATCH_MS);
      ok(isAlive(identity), 'the stranger was ended');
      await vms[0]?.kill();
    },
  },
  {
    name: 'a VM that ended while nobody was attached is found ended',
    async run(world) {
      const first = await world.open();
      const vm = await world.boot(first, 'ready');
      const { process: identity } = vm;
      if (identity === null) throw new SkippedError({ missing: 'the VM has no process of its own' });
      await first.manager.close();
      signalFromOutside(identity.pid, 'SIGKILL');
      const second = await world.open({ keep: 'always' });
      await within(world.guestMs, gone(identity), 'the end of the VMM');
      const { adopted: vms } = await second.manager.adoptAll();
      const [taken] = vms;
      ok(taken !== undefined && isEnded(taken.state), `the VM is said to be ${taken?.state.status}`);
      equal(taken.state.status, 'failed');
      equal(taken.state.exit?.how, 'unattended');
      equal(taken.state.exit?.signal, 'SIGKILL', 'how it ended is not known');
    },
  },
  {
    name: 'the end of an adopted VM is noticed by itself',
    async run(world) {
      const first = await world.open();
      await world.boot(first, 'ready');
      await first.manager.close();
      const { taken } = await adopted(world);
      await crash(taken, world);
      ok(isEnded(taken.state));
      equal(taken.state.status, 'failed');
      equal(taken.state.exit?.signal, 'SIGKILL', 'how it ended is not known');
    },
  },
]);

/** A new manager with the one VM that was left. */
async function adopted(world: World): Promise<{ controller: Controller; taken: Vm }> {
  const controller = await world.open();
  const { adopted: vms, problems } = await controller.manager.adoptAll();
  deepEqual(problems, []);
  equal(vms.length, 1, `${vms.length} VMs were taken back instead of 1`);
  const [taken] = vms;
  ok(taken !== undefined);
  return { controller, taken };
}

async function fullFunction(world: World, controller: Controller, vm: Vm): Promise<void> {
  equal(await machineOf(controller, vm).state(), 'running');
  await vm.ready({ timeoutMs: world.guestMs });
  if (vm.can('pause')) {
    await vm.pause();
    equal(await machineOf(controller, vm).state(), 'paused');
    await vm.resume();
  }
  const exit = await vm.stop({ graceMs: world.guestMs });
  notEqual(exit.how, 'unknown');
  if (vm.can('powerButton')) equal(exit.how, 'guest', 'the adopted guest did not react to its power button');
}

async function gone(identity: Parameters<typeof isAlive>[0]): Promise<void> {
  while (isAlive(identity)) await sleep(10);
}
