import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VmConfig, VmManager } from '@vmrs/core';
import { type QemuOptions, qemu } from '@vmrs/driver-qemu';
import { expect, it } from 'vitest';
import { plainGuest } from '../guests.ts';
import { Lab } from '../lab.ts';
import { processes } from '../world.ts';
import { failsIn } from './fails-in.ts';

/** Within which a VM whose daemon has died must be said to have failed. */
const NOTICED_MS = 5_000;
/** The driver's own deadline for a helper, and what may be added on a busy machine. */
const HELPER_MS = 10_000 + 5_000;

async function setUp(lab: Lab, options: QemuOptions = {}): Promise<{ vms: VmManager; config: VmConfig }> {
  const hostPath = join(lab.root, 'shared');
  await mkdir(hostPath);
  const vms = await lab.open({ drivers: [qemu({ accel: 'tcg', shares: 'virtiofs', ...options })] });
  const sharedDirs = [{ hostPath, tag: 'ours' }];
  return { vms, config: { name: 'web', ...(await plainGuest()), memoryMb: 512, sharedDirs } };
}

/** An executable that says it is a virtiofsd, and does `instead` when it is to serve. */
async function fakeDaemon(lab: Lab, instead: string): Promise<string> {
  const path = join(lab.root, 'virtiofsd');
  const script = `case "$*" in *--help*) echo --shared-dir ;; *--version*) echo virtiofsd 1.0 ;; *) ${instead} ;; esac`;
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

async function nothingLeft(lab: Lab, vms: VmManager): Promise<void> {
  for (const { name } of await vms.list()) await vms.remove(name);
  expect(await processes()).toEqual([]);
  expect((await lab.look()).filter((line) => !line.startsWith('open file'))).toEqual([]);
}

it('a daemon that is killed fails the VM in bounded time, with that reason', async (context) => {
  await using lab = await Lab.create();
  const { vms, config } = await setUp(lab);
  const vm = await vms.boot(config).catch((error: unknown) => context.skip(`needs virtiofsd: ${String(error)}`));
  await vm.ready();
  const daemon = (await processes()).find((line) => line.includes('virtiofsd'));
  process.kill(Number(daemon?.split(' ')[1]), 'SIGKILL');
  const state = await vm.waitFor('failed', { timeoutMs: NOTICED_MS });
  expect(state.reason).toMatch(/virtiofsd-0, which serves shared directory 'ours', ended with SIGKILL/);
  await vm.exit;
  await nothingLeft(lab, vms);
});

it('a daemon that is missing is refused before anything is started', async () => {
  await using lab = await Lab.create();
  const { vms, config } = await setUp(lab, { virtiofsd: join(lab.root, 'missing') });
  const error = await failsIn(NOTICED_MS, vms.boot(config), 'INVALID_CONFIG', 'UNSUPPORTED', 'PREFLIGHT_FAILED');
  expect(error.message).toContain(`'${join(lab.root, 'missing')}' is not an executable file`);
  await nothingLeft(lab, vms);
});

it('a daemon that exits at its start is a boot that fails and names it', async () => {
  await using lab = await Lab.create();
  const { vms, config } = await setUp(lab, { virtiofsd: await fakeDaemon(lab, 'echo no such luck; exit 3') });
  const error = await failsIn(HELPER_MS, vms.boot(config), 'BOOT_FAILED');
  expect(error.message).toMatch(/virtiofsd-0 \(shared directory 'ours'\) ended with code 3 before it listened/);
  await nothingLeft(lab, vms);
});

it('a daemon that never listens is a boot that fails in time and names it', async () => {
  await using lab = await Lab.create();
  const { vms, config } = await setUp(lab, { virtiofsd: await fakeDaemon(lab, 'exec sleep 600') });
  const error = await failsIn(HELPER_MS, vms.boot(config), 'BOOT_FAILED');
  expect(error.message).toMatch(/virtiofsd-0 \(shared directory 'ours'\) did not answer within/);
  await nothingLeft(lab, vms);
});

it('a daemon that never listens and ignores SIGTERM does not outlive a boot that is given up', async () => {
  await using lab = await Lab.create();
  const instead = "trap '' TERM; sleep 600";
  const { vms, config } = await setUp(lab, { virtiofsd: await fakeDaemon(lab, instead) });
  await failsIn(HELPER_MS, vms.boot(config, { timeoutMs: 1_000 }), 'TIMEOUT');
  await nothingLeft(lab, vms);
});
