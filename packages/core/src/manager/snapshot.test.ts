import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Bench, failure } from './fixtures/bench.ts';

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
});
