import { describe, expect, it } from 'vitest';
import { deferred } from '../util/deferred.ts';
import { Bench, eventually, failure } from './fixtures/bench.ts';

describe('boot', () => {
  it('MG1: querying during boot answers starting and never allows a second boot of the name', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const gate = deferred<void>();
    bench.driver.beforeBoot = () => gate.promise;
    const booting = vms.boot({ name: 'web', kernel: bench.kernel });
    const early = await eventually(() => vms.get('web'));
    expect(early.state).toEqual({ status: 'starting' });
    const [summary] = await eventually(async () => {
      const list = await vms.list();
      return list.length === 0 ? Promise.reject(new Error('not listed yet')) : list;
    });
    expect(summary).toMatchObject({ name: 'web', state: { status: 'starting' } });
    expect(await failure(vms.boot({ name: 'web', kernel: bench.kernel }))).toMatchObject({
      code: 'ALREADY_EXISTS',
      details: { state: 'starting' },
    });
    gate.resolve();
    await booting;
    expect(bench.driver.machines.length).toBe(1);
  });

  it('lets one of many concurrent boots of a name win, and all boots of other names', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const same = await Promise.allSettled(
      Array.from({ length: 10 }, () => vms.boot({ name: 'web', kernel: bench.kernel })),
    );
    expect(same.filter(({ status }) => status === 'fulfilled').length).toBe(1);
    const others = await Promise.all([1, 2, 3, 4, 5].map((n) => vms.boot({ name: `vm-${n}`, kernel: bench.kernel })));
    expect(others.map(({ state }) => state.status)).toEqual(Array(5).fill('running'));
    expect((await vms.list()).length).toBe(6);
  });

  it('undoes everything when the driver fails, keeps the evidence, and allows the next boot', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const cause = new Error('no such device');
    bench.driver.beforeBoot = () => Promise.reject(cause);
    const error = await failure(vms.boot({ name: 'web', kernel: bench.kernel }));
    expect(error).toMatchObject({
      code: 'BOOT_FAILED',
      vm: 'web',
      message: "boot failed for 'web': no such device",
      cause,
    });
    expect((await vms.get('web')).state).toMatchObject({ status: 'failed' });
    bench.driver.beforeBoot = async () => undefined;
    await (await bench.boot(vms)).vm.stop();
    expect(await bench.files()).toEqual([]);
  });

  it('gives up at its deadline and says so', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    bench.driver.beforeBoot = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const error = await failure(vms.boot({ name: 'web', kernel: bench.kernel }, { timeoutMs: 20 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', details: { operation: 'boot', timeoutMs: 20 } });
  });

  it('is aborted by the caller with nothing left, not even a folder', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const caller = new AbortController();
    bench.driver.beforeBoot = (signal) => {
      caller.abort(new Error('changed my mind'));
      return new Promise((_, reject) => reject(signal.reason));
    };
    const error = await failure(vms.boot({ name: 'web', kernel: bench.kernel }, { signal: caller.signal }));
    expect(error).toMatchObject({ code: 'ABORTED', name: 'AbortError', cause: caller.signal.reason });
    expect(await bench.files()).toEqual([]);
    expect((await failure(vms.get('web'))).code).toBe('NOT_FOUND');
  });

  it('ends a machine that comes up after the boot was given up', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const gate = deferred<void>();
    bench.driver.beforeBoot = (signal) => {
      signal.addEventListener('abort', () => gate.resolve());
      return gate.promise;
    };
    const error = failure(vms.boot({ name: 'web', kernel: bench.kernel }, { timeoutMs: 10 }));
    expect((await error).code).toBe('TIMEOUT');
    expect(bench.driver.machines[0]?.calls).toContain('kill');
  });

  it('refuses a name that differs from another in case only', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    await bench.boot(vms, 'web');
    const error = await failure(vms.boot({ name: 'WEB', kernel: bench.kernel }));
    expect(error.code).toBe('ALREADY_EXISTS');
    expect(error.message).toContain("'web'");
  });

  it('keeps VMs of the same name in different namespaces apart', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    await bench.boot(vms, 'web');
    const other = await vms.boot({ name: 'web', namespace: 'test', kernel: bench.kernel });
    await other.kill();
    expect((await vms.get('web')).state.status).toBe('running');
    expect((await failure(vms.get('web', { namespace: 'test' }))).code).toBe('NOT_FOUND');
  });
});
