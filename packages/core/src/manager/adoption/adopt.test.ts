import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pidOf, startChild, startSleeper } from '../../process/fixtures/processes.ts';
import { lookupProcess } from '../../process/identity.ts';
import { deferred } from '../../util/deferred.ts';
import { Bench, eventually, failure } from '../fixtures/bench.ts';
import { ScriptedDriver } from '../fixtures/scripted-driver.ts';
import type { ManagerOptions } from '../options/manager-options.ts';
import type { VmManager } from '../vm-manager.ts';

/** Boots `web` on a living process in one manager, which lets go of it, and gives another manager. */
async function left(bench: Bench, pid = startSleeper(), options: Partial<ManagerOptions> = {}): Promise<VmManager> {
  const found = await lookupProcess(pid);
  if (found.status !== 'alive') throw new Error('the stand-in for a VMM does not live');
  bench.driver.process = found.identity;
  const before = await bench.open();
  await bench.boot(before);
  await before.close();
  return bench.open(options);
}

describe('taking a VM back', () => {
  it('gives its full function, in its true state', async () => {
    await using bench = await Bench.create();
    const vms = await left(bench);
    bench.driver.beforeAdopt = async (machine) => {
      machine.current = 'paused';
    };
    const vm = await vms.get('web');
    expect(vm.state).toEqual({ status: 'paused' });
    await vm.resume();
    expect((await vm.stop()).how).toBe('guest');
    expect(await bench.files()).toEqual([]);
  });

  it('gives the VM itself, and no other, while a boot of its name is being refused', async () => {
    await using bench = await Bench.create();
    const vms = await left(bench);
    const refused = failure(vms.boot({ name: 'web', kernel: bench.kernel }));
    // From the first moment on at which the boot can be seen.
    const vm = await eventually(async () => {
      const { state } = (await vms.list())[0] ?? {};
      return state?.status === 'starting' ? vms.get('web') : Promise.reject(new Error('not yet'));
    });
    expect((await refused).code).toBe('ALREADY_EXISTS');
    expect(vm.state.status).toBe('running');
    expect(await vm.stop()).toMatchObject({ how: 'guest', rungs: [{ outcome: 'worked' }] });
    expect(bench.driver.machines.map(({ calls }) => calls)).toEqual([['detach'], ['requestStop', 'detach']]);
  });

  it('gives all who ask at the same time the same VM, adopted once', async () => {
    await using bench = await Bench.create();
    const vms = await left(bench);
    const gate = deferred<void>();
    bench.driver.beforeAdopt = () => gate.promise;
    const asking = Promise.all([vms.get('web'), vms.get('web')]);
    setTimeout(() => gate.resolve(), 20);
    const [first, second] = await asking;
    expect([first.state.status, second.state.status]).toEqual(['running', 'running']);
    expect(bench.driver.machines.length).toBe(2);
    await first.kill();
    expect(second.state.status).toBe('stopped');
  });

  it('leaves the VM as it is when the driver cannot, and can be tried again', async () => {
    await using bench = await Bench.create();
    const vms = await left(bench);
    const cause = new Error('no control socket');
    bench.driver.beforeAdopt = () => Promise.reject(cause);
    expect(await failure(vms.get('web'))).toMatchObject({ code: 'HYPERVISOR', vm: 'web', cause });
    expect(await vms.adoptAll()).toMatchObject({ adopted: [], problems: [{ path: 'default/web' }] });
    bench.driver.beforeAdopt = async () => undefined;
    expect((await vms.get('web')).state.status).toBe('running');
  });

  it('lets go of the machine when its state cannot be told', async () => {
    await using bench = await Bench.create();
    const vms = await left(bench);
    bench.driver.beforeAdopt = async (machine) => {
      machine.stateError = new Error('monitor busy');
    };
    expect((await failure(vms.get('web'))).message).toContain('monitor busy');
    expect(bench.driver.machines.at(-1)?.calls).toEqual(['detach']);
    bench.driver.beforeAdopt = async () => undefined;
    await vms.get('web');
  });

  it('finds a VM that ends meanwhile ended, and cleans up', async () => {
    await using bench = await Bench.create();
    const child = startChild('/bin/sleep', ['60']);
    const vms = await left(bench, pidOf(child));
    bench.driver.beforeAdopt = async () => {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      await gone;
      throw new Error('connection refused');
    };
    expect((await vms.get('web')).state).toMatchObject({ status: 'failed', exit: { how: 'unknown' } });
    await vms.remove('web');
    expect(await bench.files()).toEqual([]);
  });

  it('can be given up, also when the driver does not heed it, and a machine that comes late is let go of', async () => {
    await using bench = await Bench.create();
    const vms = await left(bench);
    const gate = deferred<void>();
    bench.driver.beforeAdopt = () => gate.promise;
    const caller = new AbortController();
    setTimeout(() => caller.abort(new Error('enough')), 10);
    const error = await failure(vms.get('web', { signal: caller.signal }));
    expect(error).toMatchObject({ code: 'ABORTED', vm: 'web', cause: caller.signal.reason });
    bench.driver.beforeAdopt = async () => undefined;
    const vm = await vms.get('web');
    gate.resolve();
    await new Promise(setImmediate);
    expect(bench.driver.machines[1]?.calls).toEqual(['detach']);
    expect(vm.state.status).toBe('running');
  });

  it('is given up when the manager is closed', async () => {
    await using bench = await Bench.create();
    const vms = await left(bench);
    const began = deferred<void>();
    bench.driver.beforeAdopt = () => {
      began.resolve();
      return new Promise(() => undefined);
    };
    const getting = failure(vms.get('web'));
    await began.promise;
    await vms.close();
    expect((await getting).code).toBe('ABORTED');
    bench.driver.beforeAdopt = async () => undefined;
    expect((await (await bench.open()).get('web')).state.status).toBe('running');
  });

  it.each(['always', 'never'] as const)(
    'believes what another controller wrote in the last moment (keep %s)',
    async (keep) => {
      await using bench = await Bench.create();
      const other = await left(bench, undefined, { keep });
      const late = async () => {
        // Between the look at the record and the taking of the name.
        await (await other.get('web')).stop();
        return bench.driver;
      };
      const vms = await bench.open({ drivers: [new ScriptedDriver('other'), late] });
      if (keep === 'always') {
        expect((await vms.get('web')).state).toMatchObject({ status: 'stopped', exit: { how: 'guest' } });
        const record = await readFile(join(bench.root, 's', 'default', 'web', 'record.json'), 'utf8');
        expect(JSON.parse(record)).toMatchObject({ ended: { state: 'stopped' } });
      } else expect((await failure(vms.get('web'))).code).toBe('NOT_FOUND');
      await (await bench.boot(other)).vm.kill();
    },
  );
});
