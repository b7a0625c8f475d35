import { readlink, symlink, unlink } from 'node:fs/promises';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { selfIdentity } from '../process/identity.ts';
import { vmLayout } from '../store/index.ts';
import { deferred } from '../util/deferred.ts';
import { Bench, failure } from './fixtures/bench.ts';

describe('the list of VMs', () => {
  it('names the process that holds a VM, if it is not this manager', async () => {
    await using bench = await Bench.create();
    const holder = await bench.open();
    const other = await bench.open();
    await bench.boot(holder);
    expect((await other.list())[0]).toMatchObject({ name: 'web', ownerPid: process.pid });
    expect((await holder.list())[0]).not.toHaveProperty('ownerPid');
    await holder.close();
    expect((await other.list())[0]).not.toHaveProperty('ownerPid');
  });

  it('says of a VM that was being started by a controller which is gone that it failed', async () => {
    await using bench = await Bench.create();
    const holder = await bench.open();
    const other = await bench.open();
    const began = deferred<void>();
    bench.driver.beforeBoot = (signal) => {
      began.resolve();
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    };
    const booting = failure(holder.boot({ name: 'web', kernel: bench.kernel }));
    await began.promise;
    expect((await other.list())[0]).toMatchObject({ state: { status: 'starting' }, ownerPid: process.pid });
    const { lockFile } = vmLayout(`${bench.root}/s`, 'default', 'web');
    const lock = await readlink(lockFile);
    await unlink(lockFile);
    await symlink(JSON.stringify({ holder: { ...(await selfIdentity()), startTime: '1' }, token: 'x' }), lockFile);
    const [found] = await other.list();
    const reason = 'its controller ended while it was being started';
    expect(found).toMatchObject({ state: { status: 'failed', reason } });
    expect(found).not.toHaveProperty('ownerPid');
    await unlink(lockFile);
    expect((await other.list())[0]).toMatchObject({ state: { status: 'failed', reason } });
    await symlink(lock, lockFile);
    await holder.close();
    await booting;
  });
});

it('a VM that is printed says what it is', async () => {
  await using bench = await Bench.create();
  const { vm } = await bench.boot(await bench.open());
  expect(inspect(vm)).toBe(
    "Vm {\n  namespace: 'default',\n  name: 'web',\n  state: { status: 'running' },\n  driver: 'scripted',\n  pid: null\n}",
  );
});
