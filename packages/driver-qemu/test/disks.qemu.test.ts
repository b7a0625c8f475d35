import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from '@vmrs/driver-kit';
import type { GuestAssets } from '@vmrs/guest';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDriver } from '../src/index.ts';
import { testGuest, withScript } from './guest.ts';
import { bootSpec, testVm } from './harness.ts';

const run = promisify(execFile);
const driver = createDriver({ accel: 'tcg' });
const CMDLINE = 'console=ttyS0 quiet panic=-1 cryptomgr.notests nolapic_timer';
const path = process.env['PATH'];
const lacking = (await findProgram(['mke2fs'], path, ['/usr/sbin', '/sbin'])) === null ? 'mke2fs' : null;
let guest: GuestAssets;

beforeAll(async () => {
  guest = await testGuest();
}, 300_000);

/** Says what each disk is called and holds, then writes to each. */
const LOOK = [
  'for d in vda vdb vdc; do echo "DISK $d $(cat /sys/block/$d/serial) $(head -c 5 /dev/$d) ro=$(cat /sys/block/$d/ro)"; done',
  'for d in vda vdb vdc; do echo guest | dd of=/dev/$d conv=fsync,notrunc 2>/dev/null && echo "WROTE $d"; done',
  'echo LOOKED; poweroff',
].join('\n');

describe('disks', { timeout: 60_000 }, () => {
  it('are seen in the order root, seed, data; the seed cannot be written', async () => {
    await using vm = await testVm();
    const rootDisk = join(vm.root, 'root.raw');
    const seedIso = join(vm.root, 'seed.iso');
    const dataDisk = join(vm.root, 'data.qcow2');
    for (const [file, text] of [
      [rootDisk, 'rooot'],
      [seedIso, 'seeed'],
    ] as const) {
      const content = Buffer.alloc(1024 * 1024);
      content.write(text);
      await writeFile(file, content);
    }
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', dataDisk, '1M']);
    const initramfs = await withScript(guest, vm.root, LOOK);
    const spec = bootSpec(vm, { kernel: guest.kernel, initramfs, rootDisk, seedIso, dataDisk, cmdline: CMDLINE });
    expect(await driver.validate(spec)).toEqual([]);
    const machine = await driver.boot(spec, vm.context);
    expect(await machine.exited).toMatchObject({ reason: 'guest' });
    const said = await vm.serial();
    expect(said).toContain('DISK vda root rooot ro=0');
    expect(said).toContain('DISK vdb seed seeed ro=1');
    expect(said).toMatch(/DISK vdc data .*ro=0/);
    expect([...said.matchAll(/WROTE (\w+)/g)].map(([, disk]) => disk)).toEqual(['vda', 'vdc']);
    expect((await readFile(rootDisk, 'latin1')).slice(0, 5)).toBe('guest');
    expect((await readFile(seedIso, 'latin1')).slice(0, 5)).toBe('seeed');
    const raw = join(vm.root, 'data.raw');
    await run('qemu-img', ['convert', '-O', 'raw', dataDisk, raw]);
    expect((await readFile(raw, 'latin1')).slice(0, 5)).toBe('guest');
  });

  it('are locked: a second VM on the same image does not start', async () => {
    await using first = await testVm();
    await using second = await testVm();
    const dataDisk = join(first.root, 'data.raw');
    await writeFile(dataDisk, Buffer.alloc(1024 * 1024));
    const given = { kernel: guest.kernel, initramfs: guest.initramfs, dataDisk };
    const machine = await driver.boot(bootSpec(first, given), first.context);
    await expect(driver.boot(bootSpec(second, given), second.context)).rejects.toThrow('code 1');
    expect(await second.vmmLog()).toContain('lock');
    await machine.kill();
  });

  it('that take content from another file are refused unless asked for', async () => {
    await using vm = await testVm();
    const base = join(vm.root, 'base.raw');
    const dataDisk = join(vm.root, 'overlay.qcow2');
    await writeFile(base, Buffer.alloc(1024 * 1024, 'b'));
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', base, dataDisk]);
    const initramfs = await withScript(guest, vm.root, 'echo "DATA $(head -c 5 /dev/vda)"; poweroff');
    const spec = bootSpec(vm, { kernel: guest.kernel, initramfs, dataDisk });
    expect(await driver.validate(spec)).toMatchObject([{ path: 'dataDisk', message: expect.stringContaining(base) }]);
    const trusting = createDriver({ accel: 'tcg', backingFiles: 'follow' });
    expect(await trusting.validate(spec)).toEqual([]);
    const machine = await trusting.boot(spec, vm.context);
    expect(await machine.exited).toMatchObject({ reason: 'guest' });
    expect(await vm.serial()).toContain('DATA bbbbb');
  });

  it.skipIf(lacking !== null)(
    `boot the system on the root disk by default${lacking === null ? '' : ` (skipped: this host lacks ${lacking})`}`,
    async () => {
      await using vm = await testVm();
      const tree = join(vm.root, 'tree');
      for (const folder of ['bin', 'sbin', 'dev', 'proc', 'sys']) await mkdir(join(tree, folder), { recursive: true });
      await copyFile('/bin/busybox', join(tree, 'bin', 'busybox'));
      await symlink('busybox', join(tree, 'bin', 'sh'));
      const init = join(tree, 'sbin', 'init');
      await writeFile(init, '#!/bin/sh\necho "ROOT $(/bin/busybox cat /proc/cmdline)"\n/bin/busybox poweroff -f\n');
      await chmod(init, 0o755);
      const rootDisk = join(vm.root, 'root.raw');
      await run('mke2fs', ['-q', '-t', 'ext4', '-d', tree, rootDisk, '32M'], {
        env: { PATH: `${path}:/usr/sbin:/sbin` },
      });
      const machine = await driver.boot(
        bootSpec(vm, { kernel: guest.kernel, initramfs: guest.initramfs, rootDisk }),
        vm.context,
      );
      expect(await machine.exited).toMatchObject({ reason: 'guest' });
      expect(await vm.serial()).toMatch(/ROOT .*root=\/dev\/vda rw/);
    },
  );
});
