import { describe, expect, it } from 'vitest';
import type { Logger } from '../contract/index.ts';
import { silentLogger } from '../log/index.ts';
import { acquireLock, vmLayout } from '../store/index.ts';
import { deferred } from '../util/deferred.ts';
import { systemFileSystem } from '../util/file-system.ts';
import { Bench, failure, quickClock } from './fixtures/bench.ts';

describe('closing a manager', () => {
  it('waits for a stop that is under way, and for the end', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const { vm, machine } = await bench.boot(vms);
    machine.onPowerButton = async () => {
      setTimeout(() => machine.powerOff(), 30);
    };
    const [result] = await Promise.all([vm.stop(), vms.close()]);
    expect(result).toMatchObject({ how: 'guest', rungs: [{ outcome: 'worked' }] });
    expect(await bench.files()).toEqual([]);
  });

  it.each(['stop', 'kill'] as const)('refuses a %s that is asked for in the same moment', async (what) => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const { vm, machine } = await bench.boot(vms);
    const [, error] = await Promise.all([vms.close(), failure(vm[what]())]);
    expect(error.code).toBe('INVALID_STATE');
    expect(vm.state.status).toBe('running');
    expect(machine.calls).toEqual(['detach']);
  });

  it('gives a boot up that somebody is stopping already', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const began = deferred<void>();
    bench.driver.beforeBoot = (signal) => {
      began.resolve();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const booting = failure(vms.boot({ name: 'web', kernel: bench.kernel }));
    await began.promise;
    const vm = await vms.get('web');
    await Promise.all([vm.stop(), vms.close()]);
    expect((await booting).code).toBe('ABORTED');
  });

  it('has given back everything of a boot that it gave up', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const began = deferred<void>();
    bench.driver.beforeBoot = (signal) => {
      began.resolve();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const booting = failure(vms.boot({ name: 'web', kernel: bench.kernel }));
    await began.promise;
    await vms.close();
    expect(await bench.files()).toEqual([]);
    expect((await booting).code).toBe('ABORTED');
  });

  it('does not wait for a boot that fails before the driver is called', async () => {
    await using bench = await Bench.create();
    const { lockFile } = vmLayout(`${bench.root}/s`, 'default', 'web');
    await (await bench.boot(await bench.open(), 'other')).vm.pause();
    const lock = await acquireLock(lockFile, { vm: 'web' }, systemFileSystem);
    const closing = deferred<void>();
    const logger: Logger = {
      ...silentLogger,
      child: () => {
        queueMicrotask(() => void vms.close().then(closing.resolve));
        return silentLogger;
      },
    };
    const vms = await bench.open({ logger });
    expect((await failure(vms.boot({ name: 'web', kernel: bench.kernel }))).code).toBe('ALREADY_EXISTS');
    await closing.promise;
    await lock.release();
  });

  it('gives operations up, also when the driver does not heed it', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open({ clock: quickClock });
    const { vm, machine } = await bench.boot(vms);
    machine.beforePause = new Promise(() => undefined);
    const pausing = failure(vm.pause());
    await new Promise(setImmediate);
    await vms.close();
    expect((await pausing).code).toBe('INVALID_STATE');
    expect(machine.calls).toEqual(['pause', 'detach']);
  });

  it.each(['fails', 'hangs'])('gives the names back when letting go of a machine %s', async (how) => {
    await using bench = await Bench.create();
    const vms = await bench.open({ clock: quickClock });
    const { machine } = await bench.boot(vms);
    machine.beforeDetach = how === 'fails' ? Promise.reject(new Error('socket closed')) : new Promise(() => undefined);
    machine.beforeDetach.catch(() => undefined);
    await vms.close();
    await (await bench.boot(await bench.open())).vm.kill();
  });

  it('tells those who wait for a VM at once, and those who begin to', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const { vm } = await bench.boot(vms);
    const waiting = [failure(vm.ready()), failure(vm.waitFor('ready'))];
    await vms.close();
    waiting.push(failure(vm.ready()), failure(vm.waitFor('stopped')));
    for (const error of await Promise.all(waiting)) {
      expect(error).toMatchObject({ code: 'INVALID_STATE', message: expect.stringContaining('let go of it') });
    }
    expect(await vm.waitFor('running')).toEqual({ status: 'running' });
  });

  it('makes further calls a TypeError', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    await vms.close();
    await expect(vms.adoptAll()).rejects.toThrow(TypeError);
    await expect(vms.get('web')).rejects.toThrow(TypeError);
  });
});
