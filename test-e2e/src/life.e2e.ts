import { spawn } from 'node:child_process';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { guestAssets } from '@vmrs/guest';
import { writeCloudHypervisor } from '@vmrs/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { installInto, NPM } from './installed.ts';
import { StepReader } from './nested/read-steps.ts';
import { packAll } from './packed.ts';

const canNet = process.getuid?.() === 0;
let root: string;
let project: string;
let cache: string;
let standIn: string;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'vl-')));
  project = join(root, 'project');
  await installInto(project, await packAll(join(root, 'tarballs')), NPM, 'life.mjs');
  const { initramfs } = await guestAssets({ testHooks: true });
  cache = dirname(dirname(dirname(dirname(initramfs))));
  standIn = await writeCloudHypervisor(root, { backend: 'qemu' });
  return () => rm(root, { recursive: true, force: true });
}, 300_000);

describe.skipIf(!canNet)('the same program of a user, from packed packages (needs root)', () => {
  it.each([
    ['qemu', 'by QEMU in software'],
    ['cloudhv', 'by the stand-in for Cloud Hypervisor'],
  ])('lives all its lives on %s, run %s', { timeout: 400_000 }, async (driver) => {
    const reader = new StepReader(() => undefined);
    const env = {
      ...{ PATH: process.env['PATH'], HOME: process.env['HOME'], LIFE_CACHE: cache },
      ...{ LIFE_ACCEL: 'tcg', LIFE_ROOT: join(root, driver), VMRS_CLOUD_HYPERVISOR: standIn },
    };
    const child = spawn(process.execPath, [join(project, 'main.mjs'), driver], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.on('data', (chunk: Buffer) => reader.push(chunk));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(reader.steps.filter(({ ok }) => !ok)).toEqual([]);
    expect(reader.steps.length).toBe(10);
    expect(code, reader.tail.join('\n')).toBe(0);
  });
});
