import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { cloudHypervisor } from '../src/index.ts';
import { Bench, failure } from './bench.ts';

describe('cloudHypervisor(vm)', () => {
  it('adds a disk and takes it away again, waiting for the guest', async () => {
    await using bench = await Bench.create({ standIn: {} });
    const path = join(bench.root, 'extra.img');
    await writeFile(path, Buffer.alloc(1 << 20));
    const vms = await bench.open();
    const vm = await vms.boot(bench.config());
    const ch = cloudHypervisor(vm);
    const disk = await ch.addDisk({ path, id: 'extra' });
    expect(disk).toEqual({ id: 'extra', bdf: expect.stringMatching(/^0000:00:/) });
    expect(JSON.stringify(await ch.info())).toContain(path);
    expect(JSON.stringify(await ch.counters())).toContain('{');
    await ch.removeDevice({ id: disk.id });
    expect(JSON.stringify(await ch.info())).not.toContain(path);
  });

  it('says so when the guest does not let a device go', async () => {
    await using bench = await Bench.create({ standIn: { faults: { keepsDevices: true } } });
    const path = join(bench.root, 'extra.img');
    await writeFile(path, Buffer.alloc(1 << 20));
    const vm = await (await bench.open()).boot(bench.config());
    const ch = cloudHypervisor(vm);
    const { id } = await ch.addDisk({ path });
    const error = await failure(ch.removeDevice({ id, timeoutMs: 100 }));
    expect(error).toMatchObject({ code: 'HYPERVISOR', message: expect.stringMatching(/has not let device .* go/) });
  });

  it('resizes within what the VM was booted for, and passes on the refusal of what is not', async () => {
    await using bench = await Bench.create({ standIn: {} });
    const driverOptions = { maxCpus: 4, maxMemoryMb: 512, balloon: {} };
    const vm = await (await bench.open()).boot(bench.config({ driverOptions }));
    const ch = cloudHypervisor(vm);
    await ch.resize({ cpus: 4, memoryMb: 512, balloonMb: 16 });
    expect(await failure(ch.resize({ cpus: 5 }))).toMatchObject({
      code: 'HYPERVISOR',
      details: { native: expect.stringContaining('Requested vCPUs exceed maximum') },
    });
  });

  it('reboots, and readiness is taken back', async () => {
    await using bench = await Bench.create({ standIn: {} });
    const vm = await (await bench.open()).boot(bench.config());
    await vm.ready();
    await cloudHypervisor(vm).reboot();
    await vm.waitFor('running');
    await vm.ready();
    await cloudHypervisor(vm).nmi();
  });

  it('works for a VM that another program holds', async () => {
    await using bench = await Bench.create({ standIn: {} });
    await (await bench.open()).boot(bench.config());
    const vm = await (await bench.open()).get('web');
    expect(await cloudHypervisor(vm).info()).toMatchObject({ state: 'Running' });
    expect(await failure(vm.operate('resize', { cpus: 0, more: 1 }))).toMatchObject({
      code: 'INVALID_CONFIG',
      details: { problems: [{ path: 'cpus' }, { path: 'more' }] },
    });
  });

  it.each([
    ['resize', {}, ['']],
    ['resize', { cpus: 1.5, memory: 1 }, ['cpus', 'memory']],
    ['add-disk', { path: 'x', readonly: true }, ['path', 'readonly']],
    ['add-disk', { path: '/nothing/here' }, ['path']],
    ['add-network', { mac: '01:00:00:00:00:00' }, ['tap', 'mac']],
    ['add-share', { hostPath: '/nothing', tag: 'a b' }, ['tag']],
    ['remove-device', {}, ['id']],
    ['core-dump', { path: '/proc/version' }, ['path']],
    ['reboot', { hard: true }, ['hard']],
  ] as const)('%s refuses %j, all of it at once', async (name, args, paths) => {
    await using bench = await Bench.create({ standIn: {} });
    const vm = await (await bench.open()).boot(bench.config());
    const error = await failure(vm.operate(name, args));
    expect(error).toMatchObject({ code: 'INVALID_CONFIG' });
    const { problems } = (error as { details: { problems: { path: string }[] } }).details;
    expect(problems.map(({ path }) => path).sort()).toEqual([...paths].sort());
  });
});
