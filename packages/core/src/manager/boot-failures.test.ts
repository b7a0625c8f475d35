import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Logger } from '../contract/index.ts';
import { silentLogger } from '../log/index.ts';
import { acquireLock, vmLayout } from '../store/index.ts';
import { deferred } from '../util/deferred.ts';
import { systemFileSystem } from '../util/file-system.ts';
import { Bench, failure, quickClock } from './fixtures/bench.ts';

describe('a boot that fails', () => {
  it('gives the name back also when what came up too late cannot be killed', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open({ clock: quickClock });
    const cause = new Error('no such process');
    bench.driver.beforeBoot = async (_, { paths }) => {
      // The record cannot be written then.
      await rm(paths.stateDir, { recursive: true });
      queueMicrotask(() => {
        const machine = bench.driver.machines.at(-1);
        if (machine !== undefined) machine.beforeKill = Promise.reject(cause);
        machine?.beforeKill.catch(() => undefined);
      });
    };
    const error = await failure(vms.boot({ name: 'web', kernel: bench.kernel }));
    expect(error).toMatchObject({ code: 'BOOT_FAILED', cause: { code: 'IO' } });
    expect(bench.driver.machines[0]?.calls).toContain('kill');
    bench.driver.beforeBoot = async () => undefined;
    await (await bench.boot(vms)).vm.kill();
  });

  it('tells why it failed, and not that its machine was killed for it', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    bench.driver.beforeBoot = (_, { paths }) => rm(paths.stateDir, { recursive: true });
    const story: string[] = [];
    const watching = (async () => {
      for await (const event of vms.events()) if (event.type === 'state') story.push(JSON.stringify(event.state));
    })();
    await failure(vms.boot({ name: 'web', kernel: bench.kernel }));
    await vms.close();
    await watching;
    expect(story.length).toBe(2);
    expect(story[1]).toContain('boot failed');
  });

  it('tells why it failed, and not that its folder or its name cannot be given back', async () => {
    await using bench = await Bench.create();
    const fails = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
    const config = { name: 'web', kernel: bench.kernel };
    const locked = await bench.open({ fileSystem: { ...systemFileSystem, symlink: fails, removeDirectory: fails } });
    expect((await failure(locked.boot(config))).message).toContain('making lock');
    const unlogged = await bench.open({ fileSystem: { ...systemFileSystem, touch: fails, unlink: fails } });
    expect((await failure(unlogged.boot(config))).message).toContain('making console log');
  });

  it('is over also when the log of the VMM cannot be read', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    bench.driver.beforeBoot = async (_, { paths }) => {
      await mkdir(paths.vmmLog);
      throw new Error('no such device');
    };
    expect((await failure(vms.boot({ name: 'web', kernel: bench.kernel }))).message).toContain('no such device');
    expect((await vms.get('web')).state.status).toBe('failed');
  });

  it('is no VM to those who ask for it while it is being refused', async () => {
    await using bench = await Bench.create();
    const lock = await acquireLock(await lockFile(bench), { vm: 'web' }, systemFileSystem);
    const asked = deferred<unknown>();
    const logger: Logger = {
      ...silentLogger,
      child: () => {
        queueMicrotask(() => asked.resolve(failure(vms.get('web'))));
        return silentLogger;
      },
    };
    const vms = await bench.open({ logger });
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of vms.events()) seen.push(event.vm.name);
    })();
    expect((await failure(vms.boot({ name: 'web', kernel: bench.kernel }))).code).toBe('ALREADY_EXISTS');
    expect(await asked.promise).toMatchObject({ code: 'NOT_FOUND' });
    await lock.release();
    await vms.close();
    await watching;
    // Nothing happened to the VM that has the name.
    expect(seen).toEqual([]);
  });

  it('tells a time-out with what the VMM said last', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    bench.driver.beforeBoot = (signal) =>
      new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const error = await failure(vms.boot({ name: 'web', kernel: bench.kernel }, { timeoutMs: 20 }));
    expect(error).toMatchObject({ code: 'TIMEOUT', details: { evidence: { stage: 'boot', vmmLogTail: [] } } });
  });

  it('leaves no folder when the console log cannot be made', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    bench.driver.validate = async ({ serialLog }) => {
      await rm(join(serialLog, '..'), { recursive: true });
      return [];
    };
    const serialLog = join(bench.root, 'logs', 'serial.log');
    await mkdir(join(bench.root, 'logs'));
    const error = await failure(vms.boot({ name: 'web', kernel: bench.kernel, serialLog }));
    expect(error).toMatchObject({ code: 'IO', message: expect.stringContaining(serialLog) });
    await expect(readFile(join(bench.root, 's', 'default', 'web'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

describe('names', () => {
  it('come and go in one namespace without getting in each other’s way', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const many = async (name: string): Promise<void> => {
      for (let round = 0; round < 12; round += 1) {
        const vm = await vms.boot({ name, kernel: bench.kernel });
        await vm.kill();
      }
    };
    await Promise.all(['a', 'b', 'c'].map(many));
    expect(await bench.files()).toEqual([]);
  });

  it('belong to the last boot: a driver that is late writes nothing into its record', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const first = await bench.boot(vms);
    await first.vm.stop();
    const second = await bench.boot(vms);
    first.machine.context.notify({ type: 'reset' });
    await expect(first.machine.context.remember({ from: 'the first' })).rejects.toMatchObject({
      code: 'INVALID_STATE',
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    const record = await readFile(join(bench.root, 's', 'default', 'web', 'record.json'), 'utf8');
    expect(JSON.parse(record)).toMatchObject({ instanceId: second.vm.instanceId, control: {} });
  });
});

/** Where the lock of `web` is to be, with the folders on the way to it. */
async function lockFile(bench: Bench): Promise<string> {
  await mkdir(join(bench.root, 's', 'default'), { recursive: true, mode: 0o700 });
  return vmLayout(join(bench.root, 's'), 'default', 'web').lockFile;
}
