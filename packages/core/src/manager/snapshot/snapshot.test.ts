import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../util/deferred.ts';
import { type FileSystem, systemFileSystem } from '../../util/file-system.ts';
import { Bench, failure } from '../fixtures/bench.ts';
import { ScriptedDriver } from '../fixtures/scripted-driver.ts';

describe('snapshots', () => {
  it('are complete or not there, never overwrite, and come up paused and ready with their address', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const { vm, machine } = await bench.boot(vms);
    await machine.print('VMRS_READY 10.0.0.5\n');
    await vm.ready();
    const directory = join(bench.root, 'snap');
    expect((await failure(vm.snapshot(directory))).code).toBe('INVALID_STATE');
    await vm.pause();
    await vm.snapshot(directory);
    expect(vm.state.status).toBe('paused');
    expect((await failure(vm.snapshot(directory))).code).toBe('SNAPSHOT_FAILED');
    const copy = await vms.restore(directory, { name: 'copy' });
    expect(copy.state).toEqual({ status: 'paused' });
    await copy.resume();
    expect(copy.state).toEqual({ status: 'ready', ip: '10.0.0.5' });
  });

  it('are refused before anything is started when a disk was written to since', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const rootDisk = join(bench.root, 'disk.img');
    await writeFile(rootDisk, Buffer.alloc(1024));
    const vm = await vms.boot({ name: 'web', kernel: bench.kernel, rootDisk });
    await vm.pause();
    const directory = join(bench.root, 'snap');
    await vm.snapshot(directory);
    await vm.kill();
    await writeFile(rootDisk, Buffer.alloc(2048));
    const error = await failure(vms.restore(directory));
    expect(error).toMatchObject({ code: 'SNAPSHOT_FAILED', details: { problems: [{ path: rootDisk }] } });
    expect(bench.driver.machines.length).toBe(1);
    expect((await failure(vms.restore(join(bench.root, 'nothing')))).code).toBe('SNAPSHOT_FAILED');
  });

  it('keep the options of the driver as they were, null included, and can be restored with others', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const driverOptions = { cpu: { pinned: null }, list: [null] };
    const vm = await vms.boot({ name: 'web', kernel: bench.kernel, driverOptions });
    await vm.pause();
    const directory = join(bench.root, 'snap');
    await vm.snapshot(directory);
    await vms.restore(directory, { name: 'same' });
    await vms.restore(directory, { name: 'other', driverOptions: { paging: true } });
    const options = bench.driver.machines.map(({ spec }) => spec.driverOptions);
    expect(options).toEqual([driverOptions, driverOptions, { paging: true }]);
    // One of an earlier core.
    const manifest = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'));
    delete manifest.spec.driverOptions;
    await writeFile(join(directory, 'manifest.json'), JSON.stringify(manifest));
    await vms.restore(directory, { name: 'older' });
    expect(bench.driver.machines.at(-1)?.spec.driverOptions).toEqual({});
  });

  it('take copies of the disks with them, of which each restored VM gets its own, that go with it', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const rootDisk = join(bench.root, 'disk.img');
    await writeFile(rootDisk, Buffer.alloc(5 * 1024 * 1024, 'a'));
    const vm = await vms.boot({ name: 'web', kernel: bench.kernel, rootDisk });
    await vm.pause();
    const directory = join(bench.root, 'snap');
    const told: { copiedBytes: number; totalBytes: number }[] = [];
    await vm.snapshot(directory, { disks: 'copy', onProgress: (progress) => told.push(progress) });
    expect(told.at(-1)).toEqual({ copiedBytes: 5 * 1024 * 1024, totalBytes: 5 * 1024 * 1024 });
    expect(told.length).toBeGreaterThan(1);
    // What becomes of the disk is of no interest any more.
    await writeFile(rootDisk, 'something else');
    const copies = await Promise.all(['one', 'two'].map((name) => vms.restore(directory, { name })));
    const disks = bench.driver.machines.slice(-2).map(({ spec }) => spec.rootDisk ?? '');
    expect(new Set(disks).size).toBe(2);
    for (const disk of disks) {
      expect(disk).toMatch(/\/(one|two)\/disks\/rootDisk$/);
      expect((await readFile(disk)).equals(Buffer.alloc(5 * 1024 * 1024, 'a'))).toBe(true);
    }
    for (const copy of copies) await copy.kill();
    for (const disk of disks) await expect(readFile(disk)).rejects.toThrow('ENOENT');
  });

  it('restore with the disk that the caller gives in the place of the copy', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const rootDisk = join(bench.root, 'disk.img');
    await writeFile(rootDisk, Buffer.alloc(1024));
    const vm = await vms.boot({ name: 'web', kernel: bench.kernel, rootDisk });
    await vm.pause();
    const directory = join(bench.root, 'snap');
    await vm.snapshot(directory, { disks: 'copy' });
    const own = join(bench.root, 'own.img');
    await writeFile(own, Buffer.alloc(1024));
    const copy = await vms.restore(directory, { name: 'copy', rootDisk: own });
    expect(bench.driver.machines.at(-1)?.spec.rootDisk).toBe(own);
    await copy.kill();
  });

  it('clone disks where the file system can, and refuse with what to do where it cannot', async () => {
    await using bench = await Bench.create();
    const refusing: FileSystem = {
      ...systemFileSystem,
      async copyFile(source, path, how) {
        if (how.clone) throw Object.assign(new Error('no reflinks'), { code: 'ENOTSUP' });
        return systemFileSystem.copyFile(source, path, how);
      },
    };
    const vms = await bench.open({ fileSystem: refusing });
    const rootDisk = join(bench.root, 'disk.img');
    await writeFile(rootDisk, Buffer.alloc(1024));
    const vm = await vms.boot({ name: 'web', kernel: bench.kernel, rootDisk });
    await vm.pause();
    const directory = join(bench.root, 'snap');
    const error = await failure(vm.snapshot(directory, { disks: 'reflink' }));
    expect(error).toMatchObject({ code: 'SNAPSHOT_FAILED', details: { problems: [{ path: rootDisk }] } });
    expect(error.message).toContain("disks: 'copy'");
    expect((await readdir(bench.root)).filter((name) => name.includes('snap'))).toEqual([]);
    await vm.snapshot(directory, { disks: 'copy' });
    // A restore falls back by itself: the copy is wanted whatever it takes.
    await (await vms.restore(directory, { name: 'copy' })).kill();
    await expect(vm.snapshot(directory, { disks: 'clone' as 'copy' })).rejects.toThrow(TypeError);
  });

  it('of another driver are refused for that reason, and overrides that do not fit a saved memory too', async () => {
    await using bench = await Bench.create();
    const { vm } = await bench.boot(await bench.open());
    await vm.pause();
    const directory = join(bench.root, 'snap');
    await vm.snapshot(directory);
    const other = new ScriptedDriver('other');
    other.validate = async () => [{ path: 'kernel', message: 'is not for this hypervisor' }];
    const vms = await bench.open({ drivers: [other] });
    const error = await failure(vms.restore(directory, { name: 'copy' }));
    expect(error).toMatchObject({ code: 'SNAPSHOT_FAILED', details: { problems: [{ path: 'driver' }] } });
    const more = { name: 'copy', memoryMb: 64 } as object;
    expect(await failure((await bench.open()).restore(directory, more))).toMatchObject({
      code: 'INVALID_CONFIG',
      details: { problems: [{ path: 'memoryMb' }] },
    });
  });

  it('with a damaged manifest are refused', async () => {
    await using bench = await Bench.create();
    const vms = await bench.open();
    const { vm } = await bench.boot(vms);
    await vm.pause();
    const directory = join(bench.root, 'snap');
    await vm.snapshot(directory);
    const file = join(directory, 'manifest.json');
    const manifest: object = JSON.parse(await readFile(file, 'utf8'));
    for (const damage of [{ driver: null }, { spec: null }, { disks: 5 }, { data: 'x' }, { disks: [null] }]) {
      await writeFile(file, JSON.stringify({ ...manifest, ...damage }));
      expect((await failure(vms.restore(directory, { name: 'copy' }))).code).toBe('SNAPSHOT_FAILED');
    }
  });

  it('that are not complete leave nothing behind, whoever gave them up', async () => {
    await using bench = await Bench.create();
    const { vm, machine } = await bench.boot(await bench.open());
    await vm.pause();
    const caller = new AbortController();
    machine.snapshot = (_, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
        caller.abort(new Error('enough'));
      });
    expect((await failure(vm.snapshot(join(bench.root, 'snap'), { signal: caller.signal }))).code).toBe('ABORTED');
    const began = deferred<void>();
    machine.snapshot = (_, options) =>
      new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
        began.resolve();
      });
    const saving = failure(vm.snapshot(join(bench.root, 'snap')));
    await began.promise;
    await vm.kill();
    expect((await saving).code).toBe('INVALID_STATE');
    expect((await readdir(bench.root)).filter((name) => name.includes('snap'))).toEqual([]);
  });
});
