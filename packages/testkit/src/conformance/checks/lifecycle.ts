import { deepEqual, equal, notEqual, ok } from 'node:assert/strict';
import { dirname } from 'node:path';
import { canTransition, type VmState } from '@vmrs/core';
import { type ConformanceCheck, checksOf } from '../check.ts';
import { nothingIn, rejectsWith } from '../expectations.ts';
import { heldByController, leakedSince } from '../outside/controller.ts';
import { fingerprint } from '../outside/files.ts';
import { isAlive } from '../outside/processes.ts';
import { machineOf } from '../world.ts';

/** From the configuration to the end. */
export const LIFECYCLE_CHECKS: readonly ConformanceCheck[] = checksOf('lifecycle', [
  {
    name: 'goes from starting over running and ready to stopped, along the transition table',
    async run(world) {
      const controller = await world.open();
      const states: VmState[] = [];
      const seen = (async () => {
        for await (const event of controller.manager.events()) if (event.type === 'state') states.push(event.state);
      })();
      const vm = await world.boot(controller, 'ready');
      equal(vm.state.status, 'ready');
      equal(await machineOf(controller, vm).state(), 'running', 'the machine of a running guest does not say so');
      await vm.stop();
      await controller.manager.close();
      await seen;
      const path = states.map(({ status }) => status);
      for (const [index, to] of path.entries()) {
        const from = path[index - 1];
        ok(
          from === undefined || canTransition(from, to),
          `there is no transition from ${from} to ${to}; it went ${path.join(', ')}`,
        );
      }
      deepEqual([path[0], path.at(-1)], ['starting', 'stopped']);
      ok(path.includes('running') && path.includes('ready'), `it went ${path.join(', ')}`);
    },
  },
  {
    name: 'boots again under the same name, as another instance and another process',
    async run(world) {
      const controller = await world.open();
      const config = await world.config('ready');
      const first = await controller.manager.boot(config);
      const { instanceId, process: firstProcess } = first;
      await first.ready({ timeoutMs: world.guestMs });
      await first.stop();
      const second = await controller.manager.boot(config);
      await second.ready({ timeoutMs: world.guestMs });
      notEqual(second.instanceId, instanceId);
      if (firstProcess !== null) notEqual(second.process?.pid, undefined);
      await second.stop();
    },
  },
  {
    name: 'has a living process of its own, known by its identity, as long as the VM lives',
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'never-ready');
      const { process: identity } = machineOf(controller, vm);
      if (identity === null) return;
      deepEqual(vm.process, identity);
      notEqual(identity.pid, process.pid, 'the process of the VM is this process');
      ok(isAlive(identity), `no process ${identity.pid} with the start time ${identity.startTime} lives`);
      await vm.kill();
      ok(!isAlive(identity), `process ${identity.pid} still lives after the end of the VM`);
    },
  },
  {
    name: 'validate finds nothing wrong with a good configuration, and touches nothing',
    async run(world) {
      const controller = await world.open();
      const config = await world.config('ready');
      const kernelDir = config.kernel === undefined ? world.filesDir : dirname(config.kernel);
      const look = async (): Promise<readonly string[]> => [
        ...(await fingerprint(world.root)),
        ...(await fingerprint(kernelDir)),
      ];
      let looked = false;
      controller.driver.hooks.aroundValidate = async (_spec, validate) => {
        const before = await look();
        const problems = await validate();
        deepEqual(problems, [], 'validate refuses a configuration of the subject');
        // What the first call loaded stays open; a second one has nothing left to load.
        const held = await heldByController();
        await validate();
        nothingIn(leakedSince(held, await heldByController()), 'validate left things open in this process');
        deepEqual(await look(), before, 'validate changed files');
        nothingIn(await world.processes(), 'validate left processes');
        looked = true;
        return problems;
      };
      const vm = await controller.manager.boot(config);
      ok(looked, 'validate was never called');
      await vm.kill();
    },
  },
  {
    name: 'is never asked for a second boot of a name while the first is starting',
    async run(world) {
      const controller = await world.open();
      const held = Promise.withResolvers<void>();
      const reached = Promise.withResolvers<void>();
      controller.driver.hooks.beforeStart = async () => {
        reached.resolve();
        await held.promise;
      };
      const config = await world.config('ready');
      const first = controller.manager.boot(config);
      await Promise.race([reached.promise, first]);
      equal((await controller.manager.get(config.name)).state.status, 'starting');
      await rejectsWith(controller.manager.boot(config), 'ALREADY_EXISTS', 'a second boot of a starting name');
      await rejectsWith(
        (await world.open()).manager.boot(config),
        'ALREADY_EXISTS',
        'a second boot through another manager',
      );
      held.resolve();
      await (await first).ready({ timeoutMs: world.guestMs });
      equal(controller.driver.sessions.length, 1, 'the driver was asked more than once');
      await (await first).kill();
    },
  },
  {
    name: 'a boot that fails says why, and leaves nothing',
    async run(world) {
      const controller = await world.open({ keep: 'never' });
      const error = await rejectsWith(
        controller.manager.boot(await world.config('fails-to-boot')),
        'BOOT_FAILED',
        'boot',
      );
      notEqual(error.message, '', 'the error has no message');
      nothingIn(await world.processes(), 'the failed boot left processes');
      deepEqual(await fingerprint(world.runtimeDir), [], 'the failed boot left sockets');
      deepEqual(await controller.manager.list(), [], 'the failed boot left a VM');
    },
  },
]);
