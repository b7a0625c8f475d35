import { equal, notEqual, ok } from 'node:assert/strict';
import { isEnded, type Vm } from '@vmrs/core';
import { type ConformanceCheck, checksOf } from '../check.ts';
import { eventually, rejectsWith, within } from '../expectations.ts';
import { isAlive, signalFromOutside } from '../outside/processes.ts';
import { SkippedError } from '../skipped-error.ts';
import { machineOf, type World } from '../world.ts';

/** How a VM can end, and what becomes of it when it cannot be asked. */
export const EXIT_CHECKS: readonly ConformanceCheck[] = checksOf('exit', [
  {
    name: "a guest's own power-off is noticed, and is no failure",
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'powers-off');
      await within(world.guestMs, vm.exit, 'the end of the VM');
      equal(vm.state.status, 'stopped');
      equal(isEnded(vm.state) ? vm.state.exit?.how : null, 'guest');
      const { exited } = machineOf(controller, vm);
      equal((await exited).reason, 'guest');
      equal(await exited, await exited, 'exited settles to different values');
    },
  },
  {
    name: 'a kernel panic is noticed, and told apart from a power-off',
    async run(world) {
      const vm = await world.boot(await world.open(), 'panics');
      await within(world.guestMs, vm.exit, 'the end of the VM');
      equal(vm.state.status, 'failed');
      equal(isEnded(vm.state) ? vm.state.exit?.how : null, 'panicked');
    },
  },
  {
    name: 'kill resolves when the process is really gone',
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'ready');
      const machine = machineOf(controller, vm);
      const identity = machine.process;
      if (identity === null) throw noProcess();
      await within(world.guestMs, machine.kill(), 'kill');
      ok(!isAlive(identity), `kill() resolved, and process ${identity.pid} still lives`);
      await within(1_000, machine.exited, 'exited after kill');
      await vm.exit;
    },
  },
  {
    name: 'a VMM that is killed from outside is a failure, with the signal, and says so by itself',
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'ready');
      await crash(vm, world);
      equal(vm.state.status, 'failed');
      const exit = isEnded(vm.state) ? vm.state.exit : null;
      equal(exit?.how, 'crashed');
      equal(exit?.signal, 'SIGKILL');
    },
  },
  {
    name: 'a VM that has ended is never said to run',
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'never-ready');
      await vm.kill();
      const answer = await machineOf(controller, vm)
        .state()
        .catch((error: unknown) => error);
      if (typeof answer === 'string') equal(answer, 'stopped');
      else await rejectsWith(Promise.reject(answer), 'STATE_FAILED', 'state() of a VM that has ended');
    },
  },
  {
    name: 'a VMM that does not answer is an error or a wait, never a stopped VM',
    async run(world) {
      const controller = await world.open();
      const vm = await world.boot(controller, 'ready');
      const { process: identity } = vm;
      if (identity === null) throw noProcess();
      signalFromOutside(identity.pid, 'SIGSTOP');
      const bound = new AbortController();
      const answer = machineOf(controller, vm)
        .state({ signal: bound.signal })
        .catch(() => 'an error');
      await eventually(world.guestMs, () => isAlive(identity), 'the suspended VMM');
      bound.abort(new Error('no answer'));
      const said = await within(world.guestMs, answer, 'state() that was aborted');
      notEqual(said, 'stopped', 'the VMM lives and does not answer, and state() says that the VM is stopped');
      ok(!isEnded(vm.state), `the VM is said to be ${vm.state.status}`);
      signalFromOutside(identity.pid, 'SIGCONT');
      equal(await machineOf(controller, vm).state(), 'running', 'the VMM answers again');
      await vm.kill();
    },
  },
]);

/** Ends the VMM as the kernel's out-of-memory killer would, and waits until that was noticed. */
export async function crash(vm: Vm, world: World): Promise<void> {
  if (vm.process === null) throw noProcess();
  signalFromOutside(vm.process.pid, 'SIGKILL');
  await within(world.guestMs, vm.exit, 'noticing that the VMM was killed from outside');
}

function noProcess(): SkippedError {
  return new SkippedError({ missing: 'the VM has no process of its own' });
}
