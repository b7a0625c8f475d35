import { execFile, spawn } from 'node:child_process';
import { copyFile, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { guestAssets } from '@vmrs/guest';
import { writeCloudHypervisor } from '@vmrs/testkit';
import { beforeAll, describe, expect, it } from 'vitest';
import { installInto, NPM } from './installed.ts';
import { StepReader } from './nested/read-steps.ts';
import { packAll } from './packed.ts';
import { pretendedMac } from './pretended-mac.ts';

const run = promisify(execFile);
const EXAMPLES = join(import.meta.dirname, '..', '..', 'examples');
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
  it.for([
    ['qemu', 'by QEMU in software'],
    ['cloudhv', 'by the stand-in for Cloud Hypervisor'],
    ['applevz', "by the double of Apple's framework"],
  ])('lives all its lives on %s, run %s', { timeout: 400_000 }, async ([driver = ''], { skip }) => {
    const reader = new StepReader(() => undefined);
    const mac = driver === 'applevz' ? await pretendedMac(root) : {};
    if ('missing' in mac) return skip(mac.missing);
    const env = {
      ...mac,
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

  it("runs the README's program, not one line different, on the double of Apple's framework", {
    timeout: 200_000,
  }, async ({ skip }) => {
    const mac = await pretendedMac(root, { guest: 'qemu' });
    if ('missing' in mac) return skip(mac.missing);
    await copyFile(join(EXAMPLES, 'first-vm', 'main.ts'), join(project, 'readme.ts'));
    // The one thing that is pretended besides the framework: that this is a platform of the driver's.
    const path = join(project, 'node_modules', '@vmrs', 'driver-applevz', 'package.json');
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    manifest.vmrs.driver.platforms.push(`linux-${process.arch}`);
    await writeFile(path, JSON.stringify(manifest));
    const env = {
      ...{
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        VMRS_HOME: join(root, 'home'),
        VMRS_DRIVER: 'applevz',
      },
      ...mac,
    };
    const { stdout } = await run(process.execPath, ['readme.ts'], { cwd: project, env });
    expect(stdout).toMatch(/^ready at \S+\nstopped by guest/);
  });
});
