import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isVmError, type Problem, type VmConfig } from '@vmrs/core';
import { expect, it } from 'vitest';
import { plainGuest } from './guests.ts';
import { Lab } from './lab.ts';

/** What `boot` says about `config`; that it changed nothing is checked here. */
async function problemsOf(lab: Lab, config: unknown): Promise<readonly Problem[]> {
  const vms = await lab.open();
  const before = await lab.look();
  const error: unknown = await vms.boot(config as VmConfig).catch((reason: unknown) => reason);
  expect(await lab.look()).toEqual(before);
  if (!isVmError(error, 'INVALID_CONFIG')) throw new Error('it was not refused as INVALID_CONFIG', { cause: error });
  return error.details.problems;
}

it('tells every problem of a bad configuration at once, starts nothing and writes nothing', async () => {
  await using lab = await Lab.create();
  const text = join(lab.root, 'kernel.txt');
  await writeFile(text, 'this is no kernel\n'.repeat(100));
  const folder = join(lab.root, 'folder');
  await mkdir(folder);
  const problems = await problemsOf(lab, {
    name: '../etc',
    cpus: 0,
    memoryMb: 'lots',
    kernel: text,
    initramfs: folder,
    rootDisk: 'relative.img',
    dataDisk: join(lab.root, 'missing.img'),
    serialLog: join(lab.root, 'no-such-folder', 'serial.log'),
    networks: [
      { type: 'tap', name: 'sixteen-bytes-xx', mac: 'ff:ff:ff:ff:ff:ff' },
      { type: 'nat', mac: 'not a mac' },
    ],
    sharedDirs: [
      { hostPath: folder, tag: 'data' },
      { hostPath: text, tag: 'data' },
    ],
    colour: 'blue',
  });
  const paths = problems.map(({ path }) => path);
  for (const path of [
    'name',
    'cpus',
    'memoryMb',
    'kernel',
    'initramfs',
    'rootDisk',
    'dataDisk',
    'serialLog',
    'networks[0].name',
    'networks[0].mac',
    'networks[1].mac',
    'sharedDirs[1].hostPath',
    'sharedDirs[1].tag',
    'colour',
  ]) {
    expect(paths).toContain(path);
  }
});

it.each([['-x'], ['.'], ['..'], ['a'.repeat(129)], [''], ['a/b'], ['a b'], [7], [null]])(
  'refuses the name %j',
  async (name) => {
    await using lab = await Lab.create();
    expect((await problemsOf(lab, { ...(await plainGuest()), name })).map(({ path }) => path)).toEqual(['name']);
  },
);

it.each([
  ['a NUL', '/tmp/a\0b'],
  ['a newline', '/tmp/a\nb'],
  ['half a character', '/tmp/a\ud800b'],
])('refuses a path with %s', async (_, kernel) => {
  await using lab = await Lab.create();
  const problems = await problemsOf(lab, { ...(await plainGuest()), name: 'web', kernel });
  expect(problems.map(({ path }) => path)).toContain('kernel');
});

it('refuses a runtime folder under which no socket would fit', async () => {
  await using lab = await Lab.create();
  const runtimeDir = join(lab.runtimeDir, 'x'.repeat(100));
  await expect(lab.open({ runtimeDir })).rejects.toMatchObject({
    code: 'INVALID_CONFIG',
    details: { problems: [{ path: 'runtimeDir' }] },
  });
});

it('says what to do about a state directory that others may write to, and boots nothing there', async () => {
  await using lab = await Lab.create();
  const stateDir = join(lab.root, 'open');
  await mkdir(stateDir);
  await chmod(stateDir, 0o777);
  const vms = await lab.open({ stateDir });
  const before = await lab.look();
  const error: unknown = await vms.boot({ ...(await plainGuest()), name: 'web' }).catch((reason: unknown) => reason);
  expect(isVmError(error, 'IO') && error.message).toContain(stateDir);
  expect(await lab.look()).toEqual(before);
});
