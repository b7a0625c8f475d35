import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendToInitramfs, type GuestAssets, guestAssets, workloadFiles } from '@vmrs/guest';
import { describeDriverConformance } from '@vmrs/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { BINARY, standInDriver, writeStandIn } from './fixtures/stand-in-driver.ts';
import { guestConfig } from './guests.ts';

let folder: string;
let guest: GuestAssets;
let powersOff: string;

beforeAll(async () => {
  guest = await guestAssets({ testHooks: true });
  folder = await mkdtemp(join(tmpdir(), 'vmrs-ch-real-'));
  process.env[BINARY] = await writeStandIn(folder, 'qemu');
  powersOff = join(folder, 'initramfs');
  const workload = workloadFiles({ argv: ['/bin/sh', '-c', 'echo enough; poweroff'] });
  await writeFile(powersOff, appendToInitramfs(await readFile(guest.initramfs), workload));
  await writeFile(join(folder, 'broken.qcow2'), Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(4096)]));
}, 300_000);

afterAll(async () => {
  delete process.env[BINARY];
  await rm(folder, { recursive: true, force: true });
});

describeDriverConformance(
  { describe, it },
  {
    name: 'cloudhv on its stand-in with real guests',
    createDriver: standInDriver,
    manifest: join(import.meta.dirname, '..', 'package.json'),
    module: { url: new URL('fixtures/stand-in-driver.ts', import.meta.url), create: 'standInDriver' },
    config: async (kind) => guestConfig(kind, guest, powersOff, join(folder, 'broken.qcow2')),
    async prerequisites() {
      const found = spawnSync('qemu-system-x86_64', ['--version']).status === 0;
      return found ? null : { missing: 'qemu-system-x86_64' };
    },
    guestTimeoutMs: 60_000,
    checkTimeoutMs: 240_000,
  },
);
