import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isVmError } from '@vmrs/core';
import { writeCloudHypervisor } from '@vmrs/testkit';
import { describe, expect, it } from 'vitest';
import { Bench, failure } from './bench.ts';

/** A bench with a paused VM `web` and its snapshot `saved`. */
async function saved(version = 'v53.0', given: Parameters<Bench['config']>[0] = {}) {
  const bench = await Bench.create({ standIn: { version } });
  const vms = await bench.open();
  const vm = await vms.boot(bench.config({ vsock: true, ...given }));
  await vm.ready();
  await vm.pause();
  const directory = join(bench.root, 'saved');
  await vm.snapshot(directory);
  return { bench, vms, vm, directory, [Symbol.asyncDispose]: () => bench[Symbol.asyncDispose]() };
}

describe('a snapshot', () => {
  it('becomes many VMs at once, each with its own files, while the saved one goes on', async () => {
    await using snapshot = await saved();
    const { vms, directory, vm } = snapshot;
    const before = await Promise.all((await readdir(directory)).map((name) => readFile(join(directory, name))));
    const copies = await Promise.all(['a', 'b', 'c', 'd'].map((name) => vms.restore(directory, { name })));
    for (const copy of copies) expect(copy.state).toEqual({ status: 'paused' });
    await Promise.all(copies.map((copy) => copy.resume()));
    for (const copy of copies) expect(copy.state).toEqual({ status: 'ready', ip: '10.0.2.15' });
    await vm.resume();
    for (const copy of [vm, ...copies]) {
      const stream = await copy.vsock(7);
      stream.destroy();
      expect((await copy.stop()).how).toBe('guest');
    }
    // It was only read.
    expect(await Promise.all((await readdir(directory)).map((name) => readFile(join(directory, name))))).toEqual(
      before,
    );
    expect(await snapshot.bench.left()).toEqual([]);
  });

  it('goes on with the addresses that the guest had', async () => {
    await using snapshot = await saved();
    const copy = await snapshot.vms.restore(snapshot.directory, { name: 'copy' });
    const manifest = JSON.parse(await readFile(join(snapshot.directory, 'manifest.json'), 'utf8'));
    expect(manifest.data).toMatchObject({ cloudHypervisor: 'v53.0', macs: [], sharedMemory: false });
    await copy.kill();
  });

  it.each([
    [
      'of another version',
      (folder: string) => writeCloudHypervisor(folder, { version: 'v52.0' }),
      /is Cloud Hypervisor v52\.0, the state was saved by v53\.0/,
    ],
    [
      'without its memory',
      (_: string, directory: string) => rm(join(directory, 'memory-ranges')),
      /memory-ranges: cannot be read \(ENOENT\)/,
    ],
    [
      'with an empty state',
      (_: string, directory: string) => writeFile(join(directory, 'state.json'), ''),
      /state\.json: is empty/,
    ],
    [
      'with a damaged configuration',
      (_: string, directory: string) => writeFile(join(directory, 'config.json'), '{'),
      /config\.json: cannot be read/,
    ],
  ] as const)('%s is refused before anything is started', async (_, damage, words) => {
    await using snapshot = await saved();
    const { bench, vms, vm, directory } = snapshot;
    await vm.kill();
    await damage(bench.root, directory);
    const error = await failure(vms.restore(directory, { name: 'copy' }));
    if (!isVmError(error, 'SNAPSHOT_FAILED')) throw error;
    expect(error.message).toMatch(words);
    expect(await bench.left()).toEqual([]);
  });

  it('whose devices are not those of the configuration is refused, each named', async () => {
    await using snapshot = await saved();
    const { bench, vms, vm, directory } = snapshot;
    await vm.kill();
    const dataDisk = join(bench.root, 'data.img');
    await writeFile(dataDisk, Buffer.alloc(4096));
    const error = await failure(vms.restore(directory, { name: 'copy', dataDisk }));
    expect(error).toMatchObject({ code: 'SNAPSHOT_FAILED', message: expect.stringContaining("has no disk 'data'") });
  });

  it('of a state that Cloud Hypervisor cannot read fails with its words, and leaves nothing', async () => {
    await using snapshot = await saved();
    const { bench, vms, vm, directory } = snapshot;
    await vm.kill();
    await writeFile(join(directory, 'state.json'), '{"garbage":true}');
    const error = await failure(vms.restore(directory, { name: 'copy' }));
    expect(error).toMatchObject({
      code: 'SNAPSHOT_FAILED',
      message: expect.stringContaining('Failed to deserialize VM state'),
    });
    expect(await bench.left()).toEqual([]);
  });

  it('keeps what the configuration has that this driver does not know', async () => {
    await using snapshot = await saved();
    const { bench, vms, vm, directory } = snapshot;
    await vm.kill();
    const file = join(directory, 'config.json');
    await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), future_section: { x: [1] } }));
    const copy = await vms.restore(directory, { name: 'copy' });
    expect(JSON.stringify(await copy.operate('info'))).toContain('"future_section":{"x":[1]}');
    const staged = join(bench.root, 's', 'default', 'copy', 'restore', 'config.json');
    expect(JSON.parse(await readFile(staged, 'utf8'))).toMatchObject({ future_section: { x: [1] } });
  });
});

describe('a restore on demand', () => {
  const onDemand = { driverOptions: { restoreMemory: 'on-demand' } } as const;

  it('lets a snapshot wait until everything is loaded (v53), whatever becomes of the first one', async () => {
    await using snapshot = await saved('v53.0', onDemand);
    const { vms, vm, directory } = snapshot;
    await vm.kill();
    const copy = await vms.restore(directory, { name: 'copy' });
    await rm(directory, { recursive: true });
    const again = join(snapshot.bench.root, 'again');
    await copy.snapshot(again);
    expect(await readdir(again)).toContain('memory-ranges');
  });

  it('is refused where a later snapshot would lose pages (v52 with shared memory)', async () => {
    const given = { driverOptions: { restoreMemory: 'on-demand', sharedMemory: true } } as const;
    await using snapshot = await saved('v52.0', given);
    const error = await failure(snapshot.vms.restore(snapshot.directory, { name: 'copy' }));
    expect(error).toMatchObject({ code: 'SNAPSHOT_FAILED', message: expect.stringContaining('loses pages') });
  });

  it('is refused where this Cloud Hypervisor cannot (v51)', async () => {
    await using snapshot = await saved('v51.2', onDemand);
    const error = await failure(snapshot.vms.restore(snapshot.directory, { name: 'copy' }));
    expect(error).toMatchObject({ code: 'SNAPSHOT_FAILED', message: expect.stringContaining('v52 or later') });
  });

  it('is what auto means on v52 alone', async () => {
    for (const [version, mode] of [
      ['v51.2', undefined],
      ['v52.0', 'OnDemand'],
      ['v53.0', 'Copy'],
    ] as const) {
      await using snapshot = await saved(version);
      await snapshot.vm.kill();
      const copy = await snapshot.vms.restore(snapshot.directory, { name: 'copy' });
      const log = await readFile(join(snapshot.bench.root, 's', 'default', 'copy', 'vmm.log'), 'utf8');
      expect(/memory_restore_mode: (\w+)/.exec(log)?.[1]).toBe(mode);
      await copy.kill();
    }
  });
});
