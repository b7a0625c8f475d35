import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GuestAssets } from '@vmrs/guest';
import { describeDriverConformance, type GuestConfig, type GuestKind } from '@vmrs/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { tcgDriver } from './fixtures/tcg-driver.ts';
import { testGuest, withScript } from './guest.ts';

const CMDLINE = 'console=ttyS0 panic=-1 quiet cryptomgr.notests nolapic_timer';
let folder: string;
let guest: GuestAssets;
let powersOff: string;
let brokenDisk: string;

beforeAll(async () => {
  guest = await testGuest();
  folder = await mkdtemp(join(tmpdir(), 'vmrs-conformance-'));
  powersOff = await withScript(guest, folder, 'echo enough; poweroff');
  brokenDisk = join(folder, 'broken.qcow2');
  await writeFile(brokenDisk, Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(4096)]));
}, 300_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

function config(kind: GuestKind): GuestConfig {
  const plain = { kernel: guest.vmlinux ?? guest.kernel, initramfs: guest.initramfs, memoryMb: 256 };
  const base: GuestConfig = { ...plain, networks: [{ type: 'nat' }] };
  const hook = (name: string): GuestConfig => ({ ...base, cmdline: `${CMDLINE} vmrs.test=${name}` });
  switch (kind) {
    case 'ready':
      return base;
    case 'never-ready':
      return hook('no-marker');
    case 'ignores-power-button':
      return hook('ignore-power-button');
    case 'powers-off':
      // It has no network, with which it would be ready at once, and says nothing that could be taken for its marker.
      return { ...plain, initramfs: powersOff, cmdline: `${CMDLINE} vmrs.test=no-marker` };
    case 'panics':
      return hook('panic');
    case 'reboots':
      return hook('reboot-once');
    case 'fails-to-boot':
      return { ...base, dataDisk: brokenDisk };
  }
}

describeDriverConformance(
  { describe, it },
  {
    name: 'qemu',
    createDriver: tcgDriver,
    manifest: join(import.meta.dirname, '..', 'package.json'),
    module: { url: new URL('fixtures/tcg-driver.ts', import.meta.url), create: 'tcgDriver' },
    config: async (kind) => config(kind),
    guestTimeoutMs: 60_000,
    checkTimeoutMs: 240_000,
  },
);
