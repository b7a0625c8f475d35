import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GuestAssets, guestAssets } from '@vmrs/guest';
import { describeDriverConformance, ECHO_PORT } from '@vmrs/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { BINARY, standInDriver, writeStandIn } from './fixtures/stand-in-driver.ts';
import { guestConfig } from './guests.ts';

let folder: string;
let guest: GuestAssets;

beforeAll(async () => {
  guest = await guestAssets({ testHooks: true });
  folder = await mkdtemp(join(tmpdir(), 'vmrs-ch-conformance-'));
  process.env[BINARY] = await writeStandIn(folder, 'scripted');
  await writeFile(join(folder, 'broken.qcow2'), Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(4096)]));
}, 300_000);

afterAll(async () => {
  delete process.env[BINARY];
  await rm(folder, { recursive: true, force: true });
});

describeDriverConformance(
  { describe, it },
  {
    name: 'cloudhv on its stand-in',
    createDriver: standInDriver,
    manifest: join(import.meta.dirname, '..', 'package.json'),
    module: { url: new URL('fixtures/stand-in-driver.ts', import.meta.url), create: 'standInDriver' },
    config: async (kind) => guestConfig(kind, guest, guest.initramfs, join(folder, 'broken.qcow2')),
    vsockEchoPort: ECHO_PORT,
    guestTimeoutMs: 20_000,
    checkTimeoutMs: 60_000,
  },
);
