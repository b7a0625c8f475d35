import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isVmError, type MachineExit } from '@vmrs/core/driver';
import type { GuestAssets } from '@vmrs/guest';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDriver } from '../src/index.ts';
import { testGuest, withScript } from './guest.ts';
import { bootSpec, runningProcesses, testVm } from './harness.ts';

const driver = createDriver({ accel: 'tcg' });
const nat = { type: 'nat', mac: null, ports: [] } as const;
let guest: GuestAssets;

beforeAll(async () => {
  guest = await testGuest();
}, 300_000);

describe('a real guest', { timeout: 60_000 }, () => {
  it('boots to its marker, reports its state, is paused and resumed, and powers off when asked', async () => {
    await using vm = await testVm();
    const spec = bootSpec(vm, { kernel: guest.vmlinux ?? guest.kernel, initramfs: guest.initramfs, networks: [nat] });
    expect(await driver.validate(spec)).toEqual([]);
    const machine = await driver.boot(spec, vm.context);
    expect(await machine.state()).toBe('running');
    await vm.waitFor(/^VMRS_READY 10\.0\.2\.15\r?$/m);

    await machine.pause?.();
    expect(await machine.state()).toBe('paused');
    await machine.resume?.();
    expect(await machine.state()).toBe('running');
    expect(vm.events).toEqual([{ type: 'paused' }, { type: 'resumed' }]);

    await machine.requestStop?.();
    expect(await machine.exited).toEqual({ reason: 'guest', code: 0, signal: null } satisfies MachineExit);
    expect(await runningProcesses(vm)).toEqual([]);
  });

  it('boots a bzImage as well', async () => {
    await using vm = await testVm();
    const machine = await driver.boot(
      bootSpec(vm, { kernel: guest.kernel, initramfs: guest.initramfs, networks: [nat] }),
      vm.context,
    );
    await vm.waitFor(/^VMRS_READY /m);
    await machine.terminate?.();
    expect(await machine.exited).toMatchObject({ reason: 'host', code: 0 });
  });

  it('has the machine id as its UUID', async () => {
    await using vm = await testVm();
    const machineId = '6c0d8d3e-7a51-4a0e-9d0b-3f6f7d3c2b1a';
    const initramfs = await withScript(guest, vm.root, 'cat /sys/class/dmi/id/product_uuid; echo UUID_SHOWN');
    const machine = await driver.boot(bootSpec(vm, { kernel: guest.kernel, initramfs, machineId }), vm.context);
    await vm.waitFor(/UUID_SHOWN/);
    expect(await vm.serial()).toContain(machineId);
    await machine.kill();
  });

  it('tells a reboot inside of the same process', async () => {
    await using vm = await testVm();
    const cmdline = 'console=ttyS0 quiet panic=-1 cryptomgr.notests nolapic_timer vmrs.test=reboot-once';
    const machine = await driver.boot(
      bootSpec(vm, { kernel: guest.kernel, initramfs: guest.initramfs, networks: [nat], cmdline }),
      vm.context,
    );
    await vm.waitFor(/VMRS_READY [\s\S]*VMRS_READY /);
    expect(vm.events).toEqual([{ type: 'reset' }]);
    expect(await machine.state()).toBe('running');
    await machine.kill();
    expect(await machine.exited).toMatchObject({ reason: 'host', signal: 'SIGKILL' });
  });

  it('tells a guest that powers itself off from one that was ended', async () => {
    await using vm = await testVm();
    const initramfs = await withScript(guest, vm.root, 'poweroff');
    const machine = await driver.boot(bootSpec(vm, { kernel: guest.kernel, initramfs }), vm.context);
    expect(await machine.exited).toEqual({ reason: 'guest', code: 0, signal: null });
  });

  it('tells a panic of a kernel with a panic notifier', async () => {
    await using vm = await testVm();
    const initramfs = await withScript(guest, vm.root, 'echo c >/proc/sysrq-trigger');
    const machine = await driver.boot(bootSpec(vm, { kernel: guest.kernel, initramfs }), vm.context);
    expect(await machine.exited).toMatchObject({ reason: 'panic' });
    expect(vm.events).toEqual([{ type: 'panicked' }]);
    expect(await vm.serial()).toContain('Kernel panic');
  });

  it('tells a panic of a kernel without one, by its last words before the reset', async () => {
    await using vm = await testVm();
    const initramfs = join(vm.root, 'no-initramfs');
    await writeFile(initramfs, 'not an archive');
    const machine = await driver.boot(bootSpec(vm, { kernel: guest.kernel, initramfs }), vm.context);
    expect(await machine.exited).toMatchObject({ reason: 'panic' });
    expect(vm.events).toMatchObject([
      { type: 'reset' },
      { type: 'panicked', detail: expect.stringContaining('Unable to mount root fs') },
    ]);
  });

  it('ends at SIGKILL from outside with the signal', async () => {
    await using vm = await testVm();
    const machine = await driver.boot(bootSpec(vm, { kernel: guest.kernel, initramfs: guest.initramfs }), vm.context);
    process.kill(machine.process?.pid ?? 0, 'SIGKILL');
    expect(await machine.exited).toEqual({ reason: 'host', code: null, signal: 'SIGKILL' });
    await expect(machine.state()).rejects.toSatisfy((error) => isVmError(error, 'STATE_FAILED'));
    await machine.kill();
  });

  it('appends to a console log that is there already', async () => {
    await using vm = await testVm();
    await writeFile(vm.context.paths.serialLog, 'before\n');
    const machine = await driver.boot(
      bootSpec(vm, { kernel: guest.kernel, initramfs: guest.initramfs, networks: [nat] }),
      vm.context,
    );
    await vm.waitFor(/VMRS_READY/);
    expect(await vm.serial()).toMatch(/^before\n/);
    await machine.kill();
  });
});

describe('a start that fails', { timeout: 30_000 }, () => {
  it('says what QEMU said, and leaves nothing', async () => {
    await using vm = await testVm();
    const dataDisk = join(vm.root, 'broken.qcow2');
    await writeFile(dataDisk, Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(4096)]));
    const boot = driver.boot(bootSpec(vm, { kernel: guest.kernel, initramfs: guest.initramfs, dataDisk }), vm.context);
    await expect(boot).rejects.toSatisfy((error) => isVmError(error, 'HYPERVISOR') && error.message.includes('code 1'));
    expect(await vm.vmmLog()).toContain('qcow2');
    expect(await runningProcesses(vm)).toEqual([]);
  });

  it.each([0, 5, 20, 40, 60, 100])('leaves nothing when it is aborted after %i ms', async (ms) => {
    const abort = new AbortController();
    await using vm = await testVm({ signal: abort.signal });
    const reason = new Error('changed my mind');
    const boot = driver.boot(bootSpec(vm, { kernel: guest.kernel, initramfs: guest.initramfs }), vm.context);
    const timer = setTimeout(() => abort.abort(reason), ms);
    try {
      // Whoever is slower wins: a boot that was over before its abort is ended by its machine.
      await (await boot).kill();
    } catch (error) {
      expect(error).toBe(reason);
    }
    clearTimeout(timer);
    expect(await runningProcesses(vm)).toEqual([]);
  });

  it('is refused by validation for what is no kernel, no disk or no UUID, all at once', async () => {
    await using vm = await testVm();
    const text = join(vm.root, 'kernel.txt');
    await writeFile(text, 'hello');
    const vmdk = join(vm.root, 'disk.vmdk');
    await writeFile(vmdk, Buffer.concat([Buffer.from('KDMV'), Buffer.alloc(1024)]));
    await mkdir(join(vm.root, 'share'));
    const ports = [{ hostPort: 0, guestPort: 80, protocol: 'tcp', hostAddress: '::1' }] as const;
    const problems = await createDriver({ accel: 'tcg', vhostDeviceVsock: join(vm.root, 'absent') }).validate(
      bootSpec(vm, {
        kernel: text,
        rootDisk: vmdk,
        machineId: 'web',
        cpus: 100_000,
        networks: [
          { type: 'tap', name: 'no-such-tap', mac: null, create: false, bridge: null },
          { type: 'nat', mac: null, ports },
        ],
        netns: 'no-such-netns',
        vsock: true,
      }),
    );
    const paths = problems.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['kernel', 'rootDisk', 'machineId', 'cpus', 'netns', 'vsock']));
    expect(paths).toEqual(
      expect.arrayContaining(['networks[1].ports[0].hostPort', 'networks[1].ports[0].hostAddress']),
    );
    expect(await readFile(text, 'utf8')).toBe('hello');
  });
});
