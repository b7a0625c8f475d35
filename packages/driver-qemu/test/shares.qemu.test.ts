import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SharedDirSpec } from '@vmrs/core/driver';
import type { GuestAssets } from '@vmrs/guest';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDriver } from '../src/index.ts';
import { testGuest, withScript } from './guest.ts';
import { bootSpec, runningProcesses, type TestVm, testVm } from './harness.ts';

/** What the guest does to a share that it may write to. */
const WRITES = 'cat /mnt/ours/hello; echo from the guest >/mnt/ours/reply; mkdir /mnt/ours/made; sync; echo WROTE';
/** What it tries on one that it may only read: as root, also after mounting it anew as writable. */
const TRIES = [
  'cat /mnt/kept/hello',
  'mount -o remount,rw /mnt/kept',
  'mkdir /again; mount -t $(awk \'$2 == "/mnt/kept" { print $3 }\' /proc/mounts) -o trans=virtio kept /again || mount -t virtiofs kept /again',
  'for d in /mnt/kept /again; do echo x >$d/hello; echo x >$d/new; rm $d/hello; mkdir $d/dir; chmod 777 $d/hello; mv $d/hello $d/moved; done',
  'echo TRIED',
].join('\n');

async function sharedFolder(vm: TestVm, name: string): Promise<string> {
  const folder = join(vm.root, `${name}, readonly=on "x" \\`);
  await mkdir(folder);
  await writeFile(join(folder, 'hello'), `hello from ${name}\n`);
  return folder;
}

function checks(means: 'virtiofs' | '9p', kernel: () => Promise<GuestAssets>): void {
  const driver = createDriver({ accel: 'tcg', shares: means });
  let guest: GuestAssets;
  beforeAll(async () => {
    guest = await kernel();
  }, 600_000);

  it('lets the guest read and write, and read only where it may only read', async () => {
    await using vm = await testVm();
    const ours = await sharedFolder(vm, 'ours');
    const kept = await sharedFolder(vm, 'kept');
    const sharedDirs: SharedDirSpec[] = [
      { hostPath: ours, tag: 'ours', readOnly: false },
      { hostPath: kept, tag: 'kept', readOnly: true },
    ];
    const initramfs = await withScript(guest, vm.root, `${WRITES}\n${TRIES}`);
    const spec = bootSpec(vm, { kernel: guest.kernel, initramfs, sharedDirs, memoryMb: 512 });
    expect(await driver.validate(spec)).toEqual([]);
    const machine = await driver.boot(spec, vm.context);
    await vm.waitFor(/TRIED/);
    const said = await vm.serial();
    expect(said).not.toContain('VMRS_MOUNT_FAILED');
    expect(said).toContain('hello from ours');
    expect(said).toContain('hello from kept');
    expect(await readFile(join(ours, 'reply'), 'utf8')).toBe('from the guest\n');
    expect((await readdir(ours)).sort()).toEqual(['hello', 'made', 'reply']);
    expect(await readdir(kept)).toEqual(['hello']);
    expect(await readFile(join(kept, 'hello'), 'utf8')).toBe('hello from kept\n');
    expect(said).toMatch(/Read-only file system|Permission denied|Operation not permitted/);

    await machine.pause?.();
    await mkdir(join(vm.root, 'snapshot'));
    await expect(machine.snapshot?.(join(vm.root, 'snapshot'))).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await machine.resume?.();
    await machine.requestStop?.();
    expect(await machine.exited).toMatchObject({ reason: 'guest' });
    await expect.poll(() => runningProcesses(vm)).toEqual([]);
  });
}

describe('a directory shared by virtiofs', { timeout: 90_000 }, () => {
  checks('virtiofs', () => testGuest());

  it('takes the VM down with a reason when its daemon dies', async () => {
    const guest = await testGuest();
    await using vm = await testVm();
    const sharedDirs = [{ hostPath: await sharedFolder(vm, 'ours'), tag: 'ours', readOnly: false }];
    const machine = await createDriver({ accel: 'tcg' }).boot(
      bootSpec(vm, { kernel: guest.kernel, initramfs: guest.initramfs, sharedDirs }),
      vm.context,
    );
    const daemon = (await runningProcesses(vm)).find((line) => line.includes('virtiofsd'));
    process.kill(Number.parseInt(daemon ?? '', 10), 'SIGKILL');
    expect(await machine.exited).toMatchObject({ reason: 'host', signal: 'SIGKILL' });
    expect(await vm.vmmLog()).toMatch(/virtiofsd-0, which serves shared directory 'ours', ended with SIGKILL/);
    expect(await runningProcesses(vm)).toEqual([]);
  });

  it('is a start that fails when the daemon cannot serve it, and leaves nothing', async () => {
    const guest = await testGuest();
    await using vm = await testVm();
    const ours = await sharedFolder(vm, 'ours');
    const sharedDirs = [ours, join(vm.root, 'gone')].map((hostPath, index) => ({
      hostPath,
      tag: `t${index}`,
      readOnly: false,
    }));
    const boot = createDriver({ accel: 'tcg', shares: 'virtiofs' }).boot(
      bootSpec(vm, { kernel: guest.kernel, initramfs: guest.initramfs, sharedDirs }),
      vm.context,
    );
    await expect(boot).rejects.toThrow(/virtiofsd-1/);
    expect(await runningProcesses(vm)).toEqual([]);
  });

  it('leaves nothing of the daemon behind', async () => {
    const left = await readdir('/run/virtiofsd').catch(() => []);
    expect(left.filter((name) => name.includes('vmrs-q-'))).toEqual([]);
  });
});

describe('a directory shared by 9p', { timeout: 120_000 }, () => {
  // The cloud kernel has no 9p.
  checks('9p', () => testGuest({ kernel: { package: 'linux-image-amd64' } }));
});
