import { describe, expect, it } from 'vitest';
import { eventually, within } from '../../src/conformance/expectations.ts';
import { isAlive, signalFromOutside } from '../../src/conformance/outside/processes.ts';
import { type ControlMode, readyGuest } from '../../src/stand-in/index.ts';
import { ANSWER_MS, FaultBench, failsIn, QUICK, SLACK_MS } from './fault-bench.ts';

const MODES = ['hangs', 'babbles', 'closes', 'breaks-off'] as const satisfies readonly ControlMode[];

describe.each(MODES)('a control socket that %s', (mode) => {
  const misbehave = [
    { do: 'power-button', is: 'ignored' },
    { do: 'control', mode },
  ] as const;

  it('is a boot that fails in time, says why, and leaves nothing', async () => {
    await using bench = await FaultBench.create();
    const controller = await bench.open();
    const config = await bench.config({ ...readyGuest(), vmm: { control: mode } });
    const error = await failsIn(ANSWER_MS + SLACK_MS, controller.vms.boot(config), 'BOOT_FAILED');
    expect(error.cause).toMatchObject({ code: 'HYPERVISOR' });
    expect(error.details).toMatchObject({ consoleTail: expect.any(Array), vmmLogTail: expect.any(Array) });
    await bench.nothingLeft(controller);
  });

  it('does not keep a controller that did not boot the VM from ending it', async () => {
    await using bench = await FaultBench.create();
    const first = await bench.open();
    await first.vms.boot(await bench.config());
    await first.driver.inject('web', misbehave);
    await first.vms.close();
    const second = await bench.open();
    const error = await failsIn(ANSWER_MS + SLACK_MS, second.vms.get('web'), 'HYPERVISOR');
    expect(error).toMatchObject({
      vm: 'web',
      message: expect.stringMatching(/remove\('web', \{ force: true \}\) ends it/),
    });
    await failsIn(SLACK_MS, second.vms.remove('web'), 'INVALID_STATE');
    await second.vms.remove('web', { force: true });
    await bench.nothingLeft(second);
  });

  it('fails operations in time, changes no state, and a stop ends the VM by the next rungs', async () => {
    await using bench = await FaultBench.create();
    const controller = await bench.open();
    const vm = await controller.vms.boot(await bench.config());
    await vm.ready();
    await controller.driver.inject('web', misbehave);
    await failsIn(ANSWER_MS + SLACK_MS, vm.pause(), 'HYPERVISOR');
    expect(vm.state.status).toBe('ready');
    const { rungs, ...exit } = await within(3 * ANSWER_MS + SLACK_MS, vm.stop(QUICK), 'stop');
    expect(rungs.map(({ rung, outcome }) => `${rung} ${outcome}`)).toEqual(
      // A VMM that hears and only does not answer does as it is told.
      mode === 'hangs'
        ? ['power-button timed-out', 'terminate worked']
        : ['power-button failed', 'terminate failed', 'sigterm worked'],
    );
    expect(exit).toMatchObject({ how: mode === 'hangs' ? 'terminated' : 'sigterm', problems: [] });
    expect(vm.state.status).toBe('stopped');
    await bench.nothingLeft(controller);
  });

  it('does not keep a VM from being killed', async () => {
    await using bench = await FaultBench.create();
    const controller = await bench.open();
    const vm = await controller.vms.boot(await bench.config());
    await controller.driver.inject('web', misbehave);
    expect(await within(SLACK_MS, vm.kill(), 'kill')).toMatchObject({ how: 'sigkill', signal: 'SIGKILL' });
    await bench.nothingLeft(controller);
  });

  it('is an adoption that fails in time and leaves the VM as it is', async () => {
    await using bench = await FaultBench.create();
    const first = await bench.open();
    const vm = await first.vms.boot(await bench.config());
    await vm.ready();
    const { process } = vm;
    if (process === null) throw new TypeError('the stand-in VMM is a process');
    await first.driver.inject('web', misbehave);
    await first.vms.close();
    const second = await bench.open();
    await failsIn(ANSWER_MS + SLACK_MS, second.vms.get('web'), 'HYPERVISOR');
    const { adopted, problems } = await within(ANSWER_MS + SLACK_MS, second.vms.adoptAll(), 'adoptAll');
    expect(adopted).toEqual([]);
    expect(problems).toMatchObject([{ path: 'default/web' }]);
    expect(await second.vms.list()).toMatchObject([{ name: 'web', state: { status: 'ready' } }]);
    signalFromOutside(process.pid, 'SIGKILL');
    await eventually(SLACK_MS, () => !isAlive(process), 'the end of the VMM');
    const ended = await second.vms.get('web');
    expect(ended.state).toMatchObject({ status: 'failed', exit: { how: 'unattended', signal: 'SIGKILL' } });
    await bench.nothingLeft(second);
  });
});
