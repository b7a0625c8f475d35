import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { locateProgram } from '@vmrs/driver-kit';
import { describeDriverConformance } from '@vmrs/testkit';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { createDriver } from '../src/index.ts';
import { guestConfig, KERNEL, writeGuest } from './guests.ts';

/** What this host lacks: the kernel, its tool, or a busybox to run in it. */
async function prerequisites(): Promise<{ missing: string } | null> {
  if (`${process.platform}-${process.arch}` !== 'linux-x64') return { missing: 'Linux on x86_64' };
  const programs = { 'user-mode-linux': KERNEL, 'uml-utilities': null, 'busybox-static': '/bin/busybox' };
  for (const [debian, path] of Object.entries(programs)) {
    const found = await locateProgram('uml_mconsole', path, process.env['PATH']);
    if (typeof found === 'string') return { missing: `${debian} (${found})` };
  }
  return null;
}

let folder: string;
let initramfs: string;
const missing = await prerequisites();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-uml-'));
  if (missing === null) initramfs = await writeGuest(folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describeDriverConformance(
  { describe, it },
  {
    name: 'uml',
    createDriver,
    manifest: new URL('../package.json', import.meta.url),
    module: { url: new URL('../src/index.ts', import.meta.url), create: 'createDriver' },
    prerequisites: async () => missing,
    config: (kind) => guestConfig(kind, initramfs, folder),
    guestTimeoutMs: 20_000,
    checkTimeoutMs: 60_000,
    leakCycles: 2,
  },
);
