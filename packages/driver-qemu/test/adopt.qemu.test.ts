import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { isVmError, type MachineRecord } from '@vmrs/core/driver';
import type { GuestAssets } from '@vmrs/guest';
import { beforeAll, describe, expect, it } from 'vitest';
import { MONITOR_SOCKETS } from '../src/control/monitors.ts';
import { createDriver } from '../src/index.ts';
import { testGuest } from './guest.ts';
import { bootSpec, runningProcesses, testVm } from './harness.ts';

const QEMU_AND_KEEPER = 2;
const nat = { type: 'nat', mac: null, ports: [] } as const;
const driver = createDriver({ accel: 'tcg' });
let guest: GuestAssets;

beforeAll(async () => {
  guest = await testGuest();
}, 300_000);

describe('a living VM', { timeout: 60_000 }, () => {
  it('is taken back after its controller has let go of it', async () => {
    await using vm = await testVm();
    const spec = bootSpec(vm, { kernel: guest.vmlinux ?? guest.kernel, initramfs: guest.initramfs, networks: [nat] });
    const first = await driver.boot(spec, vm.context);
    await vm.waitFor(/VMRS_READY/);
    await first.detach();
    expect(await runningProcesses(vm)).toHaveLength(QEMU_AND_KEEPER);

    const record: MachineRecord = { spec, process: first.process, helpers: [], control: vm.control() };
    const machine = await createDriver().adopt(record, await vm.again());
    expect(machine.process).toEqual(first.process);
    expect(await machine.state()).toBe('running');
    await machine.pause?.();
    expect(await machine.state()).toBe('paused');
    await machine.resume?.();
    await machine.requestStop?.();
    expect(await machine.exited).toMatchObject({ reason: 'guest' });
    // A keeper ends a moment after the process that it kept.
    await expect.poll(() => runningProcesses(vm)).toEqual([]);
  });

  it('is taken through its spare monitor while another controller holds the first, and both see its end', async () => {
    await using vm = await testVm();
    const spec = bootSpec(vm, { kernel: guest.kernel, initramfs: guest.initramfs });
    const first = await driver.boot(spec, vm.context);
    const second = await driver.adopt(
      { spec, process: first.process, helpers: [], control: vm.control() },
      await vm.again(),
    );
    await second.pause?.();
    expect(await first.state()).toBe('paused');
    expect(vm.events).toContainEqual({ type: 'paused' });
    await second.terminate?.();
    expect((await first.exited).reason).toBe('host');
    expect((await second.exited).reason).toBe('host');
  });

  it('can be taken back after adoptions that failed, because they hold no monitor', async () => {
    await using vm = await testVm();
    const spec = bootSpec(vm, { kernel: guest.kernel, initramfs: guest.initramfs });
    const first = await driver.boot(spec, vm.context);
    await first.detach();
    const { process } = first;
    const record: MachineRecord = { spec, process, helpers: [], control: vm.control() };
    const context = await vm.again();
    for (const _ of MONITOR_SOCKETS) {
      const unreadable = { ...context.paths, serialLog: join(context.paths.serialLog, 'x') };
      const failed = driver.adopt(record, { ...context, paths: unreadable });
      await expect(failed).rejects.toThrow(/ENOTDIR/);
    }
    const machine = await driver.adopt(record, context);
    expect(await machine.state()).toBe('running');
    await machine.kill();
  });

  it('is not taken back when it is gone', async () => {
    await using vm = await testVm();
    const spec = bootSpec(vm, { kernel: guest.kernel, initramfs: guest.initramfs });
    const first = await driver.boot(spec, vm.context);
    await first.kill();
    const adoption = driver.adopt(
      { spec, process: first.process, helpers: [], control: vm.control() },
      await vm.again(),
    );
    await expect(adoption).rejects.toSatisfy((error) => isVmError(error, 'STALE_PROCESS'));
  });

  it('outlives the process that started it and is taken over by another one', async () => {
    await using vm = await testVm();
    const spec = bootSpec(vm, { kernel: guest.kernel, initramfs: guest.initramfs });
    const child = fork(join(import.meta.dirname, 'fixtures', 'boot-and-die.ts'), {
      execArgv: ['--conditions=@vmrs/source'],
    });
    child.send({ spec, root: vm.root });
    const [record] = (await once(child, 'message')) as [MachineRecord];
    child.kill('SIGKILL');
    await once(child, 'exit');
    const machine = await driver.adopt(record, await vm.again());
    expect(await machine.state()).toBe('running');
    await machine.kill();
    expect((await machine.exited).reason).not.toBe('guest');
    // A keeper ends a moment after the process that it kept.
    await expect.poll(() => runningProcesses(vm)).toEqual([]);
  });
});
