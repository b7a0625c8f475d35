import { describe, expect, it } from 'vitest';
import { makeZombie } from '../../process/fixtures/processes.ts';
import { lookupProcess } from '../../process/identity.ts';
import { Bench, eventually, failure, quickClock } from '../fixtures/bench.ts';

describe('stop and kill', () => {
  it('give every caller of a running stop the same result, and later ones too', async () => {
    await using bench = await Bench.create();
    const { vm } = await bench.boot(await bench.open());
    const [first, second] = await Promise.all([vm.stop(), vm.stop()]);
    expect(first).toMatchObject({ how: 'guest', rungs: [{ rung: 'power-button', outcome: 'worked' }] });
    expect(second).toEqual(first);
    expect(await vm.stop()).toEqual(first);
    expect(await vm.kill()).toEqual(first);
  });

  it('kill goes ahead of a stop that waits, and both tell the rung that worked', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    machine.onPowerButton = async () => undefined;
    const stopping = vm.stop({ graceMs: 60_000 });
    await vm.waitFor('stopping');
    const killed = await vm.kill();
    expect(await stopping).toEqual(killed);
    expect(killed).toMatchObject({
      how: 'sigkill',
      rungs: [
        { rung: 'power-button', outcome: 'skipped' },
        { rung: 'sigkill', outcome: 'worked' },
      ],
    });
  });

  it('kill does not wait for an operation that hangs, which then fails', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open({ clock: quickClock }));
    machine.beforePause = new Promise(() => undefined);
    const pausing = failure(vm.pause());
    await new Promise(setImmediate);
    expect((await vm.kill()).how).toBe('sigkill');
    expect(vm.state.status).toBe('stopped');
    expect((await pausing).code).toBe('INVALID_STATE');
    expect((await failure(vm.pause())).code).toBe('INVALID_STATE');
  });

  it('a slow stop of one VM delays nothing of another', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const slow = await bench.boot(vms, 'slow');
    const quick = await bench.boot(vms, 'quick');
    slow.machine.onPowerButton = async () => undefined;
    const stopping = slow.vm.stop({ graceMs: 60_000 });
    await quick.vm.pause();
    await quick.vm.resume();
    await quick.vm.stop();
    await vms.list();
    expect(slow.vm.state.status).toBe('stopping');
    await slow.vm.kill();
    await stopping;
  });

  it('asks a guest again that was still booting when it was asked first', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    let asked = 0;
    machine.onPowerButton = async () => {
      asked += 1;
      if (asked === 1) await machine.print('VMRS_READY 10.0.0.5\n');
      else machine.powerOff();
    };
    expect((await vm.stop({ graceMs: 30_000 })).how).toBe('guest');
    expect(asked).toBe(2);
  });

  it('a paused guest is resumed before it is asked, so that it can react', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    await vm.pause();
    expect((await vm.stop()).how).toBe('guest');
    expect(machine.calls).toEqual(['pause', 'resume', 'requestStop', 'detach']);
  });

  it('say STOP_FAILED with every rung when the VM is still there, and the VM can be stopped later', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    machine.onPowerButton = async () => undefined;
    machine.beforeKill = new Promise(() => undefined);
    const error = await failure(vm.stop({ graceMs: 5, sigkillMs: 5 }));
    expect(error).toMatchObject({
      code: 'STOP_FAILED',
      details: {
        rungs: [
          { outcome: 'timed-out' },
          { rung: 'terminate', outcome: 'unsupported' },
          { rung: 'sigterm', outcome: 'unsupported' },
          { outcome: 'timed-out' },
        ],
      },
    });
    expect(vm.state.status).toBe('running');
    machine.onPowerButton = async () => machine.powerOff();
    expect((await vm.stop()).how).toBe('guest');
  });

  it('do not say that SIGTERM did it when the VMM was gone before it could be sent', async () => {
    await using bench = await Bench.create();
    const found = await lookupProcess(await makeZombie());
    if (found.status !== 'zombie') throw new Error('it should be a zombie');
    bench.driver.process = found.identity;
    const { vm, machine } = await bench.boot(await bench.open());
    machine.onPowerButton = async () => {
      // Its connection ends first, its process a little later.
      setTimeout(() => machine.crash(0), 50);
      throw new Error('the connection has ended');
    };
    const { how, rungs } = await vm.stop();
    expect(how).toBe('terminated');
    expect(rungs.map(({ rung, outcome }) => `${rung} ${outcome}`)).toContain('power-button failed');
  });

  it('during a boot give the boot up', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    bench.driver.beforeBoot = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const booting = failure(vms.boot({ name: 'web', kernel: bench.kernel }));
    const vm = await eventually(() => vms.get('web'));
    await eventually(async () =>
      bench.files().then((files) => (files.includes('ledger.jsonl') ? true : Promise.reject(new Error('not yet')))),
    );
    expect((await vm.stop()).how).toBe('terminated');
    expect((await booting).code).toBe('ABORTED');
    expect(await bench.files()).toEqual([]);
  });

  it('a stop that fails leaves a guest running that it had to resume', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    await vm.pause();
    machine.onPowerButton = async () => undefined;
    machine.beforeKill = new Promise(() => undefined);
    expect((await failure(vm.stop({ graceMs: 5, sigkillMs: 5 }))).code).toBe('STOP_FAILED');
    expect(vm.state.status).toBe('running');
    await vm.pause();
  });

  it('a stop and a kill that both fail leave the VM to be stopped again', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open({ clock: quickClock }));
    machine.onPowerButton = async () => undefined;
    machine.beforeKill = new Promise(() => undefined);
    const stopping = failure(vm.stop({ graceMs: 1000, sigkillMs: 1000 }));
    await vm.waitFor('stopping');
    const killing = failure(vm.kill());
    expect([(await stopping).code, (await killing).code]).toEqual(['STOP_FAILED', 'STOP_FAILED']);
    expect(vm.state.status).toBe('running');
    machine.onPowerButton = async () => machine.powerOff();
    expect((await vm.stop()).how).toBe('guest');
  });
});
