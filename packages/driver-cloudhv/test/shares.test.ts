import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isVmError } from '@vmrs/core';
import { locateVirtiofsd } from '@vmrs/driver-kit';
import { describe, expect, it } from 'vitest';
import { cloudHypervisor } from '../src/index.ts';
import { Bench, failure } from './bench.ts';

const virtiofsd = await locateVirtiofsd(null, process.env['PATH']);
const lacking = typeof virtiofsd === 'string' ? virtiofsd : null;

describe.skipIf(lacking !== null)(
  `shared directories (need virtiofsd${lacking === null ? '' : `: ${lacking}`})`,
  () => {
    it('have a daemon each, started before the VMM and ended with it', async () => {
      await using bench = await Bench.create({ standIn: {} });
      const sharedDirs = [
        { hostPath: await bench.folder('one, with "odd" name'), tag: 'one' },
        { hostPath: await bench.folder('two'), tag: 'two', readOnly: true },
      ];
      const vms = await bench.open();
      const vm = await vms.boot(bench.config({ sharedDirs }));
      await vm.ready();
      const running = await bench.processes();
      expect(
        running.filter((line) => / \S*virtiofsd -f| \S*virtiofsd --socket/.test(line)).length,
      ).toBeGreaterThanOrEqual(2);
      await vm.stop();
      expect(await bench.left()).toEqual([]);
    });

    it('end the VM with a reason when their daemon dies', async () => {
      await using bench = await Bench.create({ standIn: {} });
      const vms = await bench.open({ keep: 'always' });
      const vm = await vms.boot(bench.config({ sharedDirs: [{ hostPath: await bench.folder('data'), tag: 'data' }] }));
      await vm.ready();
      for (const line of await bench.processes()) {
        if (/ \S*virtiofsd (-f|--socket)/.test(` ${line}`) && !line.includes('/bin/sh')) kill(line);
      }
      await vm.exit;
      expect(vm.state).toMatchObject({ status: 'failed' });
      const log = await readFile(join(bench.root, 's', 'default', 'web', 'vmm.log'), 'utf8');
      expect(log).toMatch(
        /virtiofsd-0, which serves shared directory 'data', ended with .*; the VM cannot go on without it/,
      );
      expect(await bench.left()).toEqual([]);
    });

    it('are served again after each reboot of the guest', async () => {
      await using bench = await Bench.create({ standIn: {} });
      const vms = await bench.open();
      const vm = await vms.boot(bench.config({ sharedDirs: [{ hostPath: await bench.folder('data'), tag: 'data' }] }));
      await vm.ready();
      for (let round = 0; round < 2; round += 1) {
        await cloudHypervisor(vm).reboot();
        await vm.waitFor('running');
        await vm.ready();
      }
      await vm.stop();
      expect(await bench.left()).toEqual([]);
    });

    it('are taken back by another controller, and end its VM when they die', async () => {
      await using bench = await Bench.create({ standIn: {} });
      const first = await bench.open();
      await first.boot(bench.config({ sharedDirs: [{ hostPath: await bench.folder('data'), tag: 'data' }] }));
      await first.close();
      const vm = await (await bench.open()).get('web');
      for (const line of await bench.processes())
        if (/virtiofsd (-f|--socket)/.test(line) && !line.includes('/bin/sh')) kill(line);
      await vm.exit;
      expect(vm.state).toMatchObject({ status: 'failed' });
      expect(await bench.left()).toEqual([]);
    });

    it('can be added to a running VM whose memory is shared, and taken away', async () => {
      await using bench = await Bench.create({ standIn: {} });
      const hostPath = await bench.folder('late');
      const vms = await bench.open();
      const vm = await vms.boot(bench.config({ driverOptions: { sharedMemory: true } }));
      const ch = cloudHypervisor(vm);
      const { id } = await ch.addShare({ hostPath, tag: 'late', readOnly: true });
      expect((await bench.processes()).some((line) => line.includes('virtiofsd'))).toBe(true);
      expect(await failure(ch.addShare({ hostPath, tag: 'late' }))).toMatchObject({ code: 'INVALID_CONFIG' });
      await ch.removeDevice({ id });
      expect((await bench.processes()).filter((line) => line.includes('virtiofsd'))).toEqual([]);
      await vms.close();
      // What was taken away is not looked for.
      const again = await (await bench.open()).get('web');
      expect((await again.stop()).how).toBe('guest');
      expect(await bench.left()).toEqual([]);
    });

    it('cannot be added to a VM with private memory: a typed refusal with what to do', async () => {
      await using bench = await Bench.create({ standIn: {} });
      const vm = await (await bench.open()).boot(bench.config());
      const adding = cloudHypervisor(vm).addShare({ hostPath: bench.root, tag: 'late' });
      const error = await failure(adding);
      expect(error).toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining('sharedMemory: true') });
    });
  },
);

describe('a daemon that cannot serve', () => {
  it('makes the boot fail with its name and log, and leaves none of the others', async () => {
    await using bench = await Bench.create({ standIn: {} });
    // Serves like one of the Rust kind, but for the second directory, whose daemon dies.
    const script = [
      '#!/bin/sh',
      'case "$*" in *--help*) echo "--shared-dir --readonly"; exit;; *--version*) echo virtiofsd 1.13.0; exit;; esac',
      'case "$*" in *two*) echo "cannot open two" >&2; exit 3;; esac',
      'exec sleep 600',
    ];
    const daemon = join(bench.root, 'virtiofsd');
    await writeFile(daemon, script.join('\n'));
    await chmod(daemon, 0o755);
    const sharedDirs = [
      { hostPath: await bench.folder('one'), tag: 'one' },
      { hostPath: await bench.folder('two'), tag: 'two' },
    ];
    const vms = await bench.open({ keep: 'always' }, { virtiofsd: daemon });
    const error = await failure(vms.boot(bench.config({ sharedDirs })));
    if (!isVmError(error)) throw error;
    expect(error).toMatchObject({ code: 'BOOT_FAILED' });
    expect(error.message).toMatch(
      /virtiofsd-1 \(shared directory 'two'\) ended with code 3 before it listened; see virtiofsd-1\.log/,
    );
    const folder = join(bench.root, 's', 'default', 'web');
    expect(await readdir(folder)).toContain('virtiofsd-1.log');
    expect(await readFile(join(folder, 'virtiofsd-1.log'), 'utf8')).toContain('cannot open two');
    expect(await bench.left()).toEqual([]);
  });
});

function kill(line: string): void {
  process.kill(Number(line.split(' ')[0]), 'SIGKILL');
}
