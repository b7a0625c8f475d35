import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram } from '@vmrs/driver-kit';
import type { GuestAssets } from '@vmrs/guest';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDriver } from '../src/index.ts';
import { testGuest } from './guest.ts';
import { bootSpec, testVm } from './harness.ts';

const missing = (await findProgram(['qemu-system-aarch64'], process.env['PATH'])) === null;
const title = `an arm64 guest${missing ? ' (skipped: this host lacks qemu-system-aarch64)' : ''}`;

describe.skipIf(missing)(title, { timeout: 120_000 }, () => {
  const driver = createDriver({ arch: 'aarch64', accel: 'tcg' });
  let guest: GuestAssets;

  beforeAll(async () => {
    guest = await testGuest({ arch: 'aarch64' });
  }, 600_000);

  it('boots to its marker, is saved, and goes on in another QEMU', async () => {
    await using vm = await testVm();
    const networks = [{ type: 'nat', mac: null, ports: [] }] as const;
    const spec = bootSpec(vm, { kernel: guest.kernel, initramfs: guest.initramfs, networks });
    expect(await driver.validate(spec)).toEqual([]);
    const machine = await driver.boot(spec, vm.context);
    await vm.waitFor(/^VMRS_READY 10\.0\.2\.15\r?$/m);
    await machine.pause?.();
    const directory = join(vm.root, 'snapshot');
    await mkdir(directory);
    const data = (await machine.snapshot?.(directory)) ?? {};
    await machine.kill();

    await using second = await testVm();
    const again = { ...spec, name: second.context.vm.name, serialLog: second.context.paths.serialLog };
    const restored = await driver.restore?.({ directory, data }, again, second.context);
    await restored?.resume?.();
    expect(await restored?.state()).toBe('running');
    await restored?.terminate?.();
    expect(await restored?.exited).toMatchObject({ reason: 'host' });
  });

  it('is not offered a kernel of another architecture', async () => {
    await using vm = await testVm();
    const { kernel } = await testGuest({ arch: 'x86_64' });
    expect(await driver.validate(bootSpec(vm, { kernel }))).toMatchObject([{ path: 'kernel' }]);
  });
});
