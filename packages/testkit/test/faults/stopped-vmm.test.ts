import { expect, it } from 'vitest';
import { within } from '../../src/conformance/expectations.ts';
import { signalFromOutside } from '../../src/conformance/outside/processes.ts';
import { ANSWER_MS, FaultBench, failsIn, QUICK, SLACK_MS } from './fault-bench.ts';

async function stoppedVm(bench: FaultBench) {
  const controller = await bench.open();
  const vm = await controller.vms.boot(await bench.config());
  await vm.ready();
  signalFromOutside(vm.process?.pid ?? 0, 'SIGSTOP');
  return { controller, vm };
}

it('a VMM that is stopped by SIGSTOP is ended by SIGKILL after every other rung had its time, and the report says so', async () => {
  await using bench = await FaultBench.create();
  const { controller, vm } = await stoppedVm(bench);
  await failsIn(ANSWER_MS + SLACK_MS, vm.pause(), 'HYPERVISOR');
  const { rungs, ...exit } = await within(3 * ANSWER_MS + SLACK_MS, vm.stop(QUICK), 'stop');
  expect(rungs.map(({ rung }) => rung)).toEqual(['power-button', 'terminate', 'sigterm', 'sigkill']);
  expect(rungs.map(({ outcome }) => outcome)).toEqual([
    expect.stringMatching(/failed|timed-out/),
    expect.stringMatching(/failed|timed-out/),
    'timed-out',
    'worked',
  ]);
  expect(exit).toMatchObject({ how: 'sigkill', signal: 'SIGKILL', problems: [] });
  await bench.nothingLeft(controller);
});

it('a VMM that is stopped by SIGSTOP can be killed', async () => {
  await using bench = await FaultBench.create();
  const { controller, vm } = await stoppedVm(bench);
  expect(await within(SLACK_MS, vm.kill(), 'kill')).toMatchObject({ how: 'sigkill', signal: 'SIGKILL' });
  await bench.nothingLeft(controller);
});

it('a VMM that is stopped by SIGSTOP cannot be taken back, is left as it is, and can be taken back when it goes on', async () => {
  await using bench = await FaultBench.create();
  const { controller, vm } = await stoppedVm(bench);
  const pid = vm.process?.pid ?? 0;
  await controller.vms.close();
  const second = await bench.open();
  await failsIn(ANSWER_MS + SLACK_MS, second.vms.get('web'), 'HYPERVISOR');
  signalFromOutside(pid, 'SIGCONT');
  const taken = await second.vms.get('web');
  expect(taken.state.status).toBe('ready');
  expect((await taken.stop()).how).toBe('guest');
  await bench.nothingLeft(second);
});
