import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readMachOLayout } from './executable-layout.ts';
import { type Command, dylib, machO, rpath, weakDylib } from './fixtures/mach-o-bytes.ts';
import { type LibraryPlan, planLibraryLinks } from './library-links.ts';

let root: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'vmrs-links-')));
});

afterEach(() => rm(root, { recursive: true, force: true }));

async function image(path: string, commands: readonly Command[], type = 6): Promise<string> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, machO({ type, commands }));
  return file;
}

const executable = (path: string, commands: readonly Command[]): Promise<string> => image(path, commands, 2);
const plan = (file: string): Promise<LibraryPlan> => planLibraryLinks(file, 'arm64', readMachOLayout);

describe('planLibraryLinks', () => {
  it('needs nothing for a node that is one file', async () => {
    const node = await executable('bin/node', [
      dylib('/usr/lib/libSystem.B.dylib'),
      dylib('/System/Library/Frameworks/Security.framework/Security'),
    ]);
    expect(await plan(node)).toEqual({ links: [], missing: [] });
  });

  it("finds the library of Homebrew's stub by the second rpath, through a link", async () => {
    const library = await image('Cellar/node/24.1.0/lib/libnode.137.dylib', [
      dylib('@rpath/libnode.137.dylib', 0xd),
      dylib('/usr/lib/libc++.1.dylib'),
    ]);
    const node = await executable('Cellar/node/24.1.0/bin/node', [
      dylib('@rpath/libnode.137.dylib'),
      rpath('@loader_path'),
      rpath('@loader_path/../lib'),
    ]);
    expect(await plan(node)).toEqual({ links: [{ place: 'lib/libnode.137.dylib', target: library }], missing: [] });
  });

  it('takes the first rpath at which the library is', async () => {
    const beside = await image('bin/libx.dylib', []);
    await image('lib/libx.dylib', []);
    const node = await executable('bin/node', [
      dylib('@rpath/libx.dylib'),
      rpath('@executable_path/none'),
      rpath('@loader_path'),
      rpath('@loader_path/../lib'),
    ]);
    expect((await plan(node)).links).toEqual([{ place: 'bin/libx.dylib', target: beside }]);
  });

  it('reads @loader_path and @executable_path without an rpath, and links real files', async () => {
    const real = await image('versions/liba.1.dylib', []);
    await mkdir(join(root, 'lib'));
    await symlink(real, join(root, 'lib/liba.dylib'));
    const other = await image('Frameworks/B.framework/B', []);
    const node = await executable('bin/node', [
      dylib('@loader_path/../lib/liba.dylib'),
      dylib('@executable_path/../Frameworks/B.framework/B'),
    ]);
    expect((await plan(node)).links).toEqual([
      { place: 'lib/liba.dylib', target: real },
      { place: 'Frameworks/B.framework/B', target: other },
    ]);
  });

  it("follows the libraries' own libraries, with the rpaths of the executable", async () => {
    const third = await image('lib/libthree.dylib', [dylib('@loader_path/libone.dylib')]);
    const second = await image('lib/libtwo.dylib', [dylib('@loader_path/libthree.dylib')]);
    const first = await image('lib/libone.dylib', [dylib('@rpath/libtwo.dylib')]);
    const node = await executable('bin/node', [dylib('@rpath/libone.dylib'), rpath('@loader_path/../lib')]);
    expect((await plan(node)).links).toEqual([
      { place: 'lib/libone.dylib', target: first },
      { place: 'lib/libtwo.dylib', target: second },
      { place: 'lib/libthree.dylib', target: third },
    ]);
  });

  it('needs no link for a library at an absolute rpath, but for what that one finds by way of the executable', async () => {
    await image('opt/libone.dylib', [dylib('@rpath/libtwo.dylib'), dylib('@loader_path/libthree.dylib')]);
    await image('opt/libthree.dylib', []);
    const second = await image('lib/libtwo.dylib', []);
    const node = await executable('bin/node', [
      dylib('@rpath/libone.dylib'),
      rpath(join(root, 'opt')),
      rpath('@loader_path/../lib'),
    ]);
    expect(await plan(node)).toEqual({ links: [{ place: 'lib/libtwo.dylib', target: second }], missing: [] });
  });

  it('says which library is missing and where it was looked for', async () => {
    const node = await executable('bin/node', [
      dylib('@rpath/libnode.dylib'),
      rpath('@loader_path'),
      rpath('@loader_path/../lib'),
    ]);
    const searched = [join(root, 'bin/libnode.dylib'), join(root, 'lib/libnode.dylib')];
    expect((await plan(node)).missing).toEqual([
      { name: '@rpath/libnode.dylib', neededBy: node, why: 'absent', searched },
    ]);
  });

  it('does without a weak library, and without one that macOS keeps in its cache', async () => {
    const node = await executable('bin/node', [
      weakDylib('@rpath/libperhaps.dylib'),
      dylib('@rpath/libswiftCore.dylib'),
      rpath('@loader_path'),
      rpath('/usr/lib/swift'),
    ]);
    expect(await plan(node)).toEqual({ links: [], missing: [] });
  });

  it('puts the link where another rpath leads, when the first leads out of the folder', async () => {
    const library = await image('far/libx.dylib', []);
    const commands = [dylib('@rpath/libx.dylib'), rpath('@loader_path/../../far')];
    const node = await executable('here/bin/node', [...commands, rpath('@loader_path/../lib')]);
    expect((await plan(node)).links).toEqual([{ place: 'lib/libx.dylib', target: library }]);
    const stuck = await executable('here/bin/stuck', commands);
    expect((await plan(stuck)).missing).toMatchObject([{ name: '@rpath/libx.dylib', why: 'out-of-reach' }]);
  });

  it.each([
    ['over the copy', '@loader_path/vmrs-applevz-host'],
    ['beside the folders', '@loader_path/../host.json'],
  ])('puts no link %s', async (_, name) => {
    await image(name.replace('@loader_path', 'bin'), []);
    const node = await executable('bin/node', [dylib(name)]);
    expect(await plan(node)).toMatchObject({ links: [], missing: [{ name, why: 'out-of-reach' }] });
  });

  it('passes on that a library is damaged', async () => {
    await image('lib/libx.dylib', [rpath('/somewhere')]);
    await writeFile(join(root, 'lib/libx.dylib'), (await readFile(join(root, 'lib/libx.dylib'))).subarray(0, 40));
    const node = await executable('bin/node', [dylib('@loader_path/../lib/libx.dylib')]);
    await expect(plan(node)).rejects.toMatchObject({ name: 'MachOError' });
  });
});
