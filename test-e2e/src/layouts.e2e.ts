import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { CLEAN_ENV, LAYOUTS, Unobtainable } from './layouts.ts';
import { packAll } from './packed.ts';

const execute = promisify(execFile);
const FIXTURE = join(import.meta.dirname, 'fixtures', 'find-drivers.mjs');
/** A driver that core knows nothing of; its guests are lists of steps. */
const THIRD_PARTY = join(import.meta.dirname, '../../packages/testkit/test/contract/golden-1.0');
const NAME = 'vmrs-driver-golden';
const GUEST = { boots: [[['ready', '10.0.9.1']]] };

let root: string;
let kernel: string;
let tarballs: Readonly<Record<string, string>>;

beforeAll(async () => {
  // Short, because sockets lie below it.
  root = await realpath(await mkdtemp(join(tmpdir(), 'vl-')));
  kernel = join(root, 'kernel');
  await writeFile(kernel, gzipSync(JSON.stringify(GUEST)));
  const folder = join(root, 'tarballs');
  await execute('npm', ['pack', '--pack-destination', root], { cwd: THIRD_PARTY, env: CLEAN_ENV });
  tarballs = { ...(await packAll(folder)), [NAME]: join(root, 'vmrs-driver-golden-1.0.0.tgz') };
  return () => rm(root, { recursive: true, force: true });
});

function files(...names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, `file:${tarballs[name]}`]));
}

describe('an application finds its drivers, one by a third party among them, and runs a VM', () => {
  it.for(LAYOUTS.map((layout, index) => ({ ...layout, index })))('as laid out by $name', async (layout, context) => {
    const site = {
      folder: join(root, `app-${layout.index}`),
      dependencies: files('@vmrs/core', '@vmrs/driver-qemu', NAME),
      included: files('@vmrs/driver-kit'),
      tools: join(root, 'tools'),
    };
    const application = await layout.install(site).catch((error: unknown) => {
      if (error instanceof Unobtainable) return context.skip(`not to be had: ${error.message}`);
      throw error;
    });
    const { folder, command } = application;
    await copyFile(FIXTURE, join(folder, 'main.mjs'));
    const [stateDir, runtimeDir] = [join(root, `s${layout.index}`), join(root, `r${layout.index}`)];
    const env = { ...CLEAN_ENV, STATE: stateDir, RUNTIME: runtimeDir, KERNEL: kernel, THIRD_PARTY: NAME };
    const [program, ...first] = command;
    const { stdout } = await execute(program, [...first, 'main.mjs'], { cwd: folder, env });
    expect(JSON.parse(stdout)).toEqual({
      found: ['golden', 'qemu'],
      rejected: [],
      sameModule: true,
      ip: '10.0.9.1',
      how: 'guest',
    });
    await mkdir(runtimeDir, { recursive: true });
    expect((await readdir(runtimeDir)).filter((name) => !name.startsWith('.'))).toEqual([]);
  });
});
