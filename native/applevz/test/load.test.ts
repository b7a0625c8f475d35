import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AddonError, loadAddon } from '../src/index.ts';
import { loadOwn } from '../src/load.ts';
import { fakeAddonPath } from './support/fake-addon.ts';

let addon: string;
let root: string;

beforeAll(async () => {
  addon = await fakeAddonPath();
}, 300_000);

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vmrs-avl-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

function errorOf(act: () => unknown): AddonError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(AddonError);
    return error as AddonError;
  }
  throw new Error('it did not fail');
}

/** A file that looks like a bundle for one processor of a Mac. */
function machO(cpu: number): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(0xfeedfacf, 0);
  header.writeUInt32LE(cpu, 4);
  return header;
}

async function place(path: string, content: Buffer | string): Promise<string> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
  return file;
}

describe('loadAddon', () => {
  it('loads the addon that the option names, once', () => {
    const loaded = loadAddon({ path: addon });
    expect(loaded.interfaceVersion).toBe(1);
    expect(loadAddon({ path: addon })).toBe(loaded);
  });

  it('loads the addon that the variable names', () => {
    expect(loadAddon({ env: { VMRS_APPLEVZ_ADDON: addon } })).toBe(loadAddon({ path: addon }));
  });

  it('tries nothing else when the named one is of no use', async () => {
    const path = join(root, 'none.node');
    const error = errorOf(() => loadAddon({ path, env: { VMRS_APPLEVZ_ADDON: addon } }));
    expect(error.findings).toEqual([{ path, problem: 'there is no such file' }]);
    expect(error.message).toContain('the option path');
    const named = errorOf(() => loadAddon({ env: { VMRS_APPLEVZ_ADDON: path } }));
    expect(named.message).toContain('the variable VMRS_APPLEVZ_ADDON');
  });

  it('tells an addon of another interface, and a module that is none, from this one', async () => {
    const newer = await place('newer.cjs', 'module.exports = { interfaceVersion: 99 }');
    expect(errorOf(() => loadAddon({ path: newer })).message).toMatch(/speaks version 99 .* this package version 1/);
    const other = await place('other.cjs', 'module.exports = 42');
    expect(errorOf(() => loadAddon({ path: other })).message).toContain('it is not this addon');
  });

  it('tells what is no native code, or that of another system', async () => {
    const text = await place('text.node', 'this is not a shared object at all');
    const error = errorOf(() => loadAddon({ path: text }));
    expect(error.message).toContain('it is not a file of native code');
    expect(error.cause).toBeInstanceOf(Error);
    const foreign = await place('foreign.node', machO(0x0100000c));
    expect(errorOf(() => loadAddon({ path: foreign })).message).toMatch(
      /built for another operating system \(mach-o\)/,
    );
  });

  it.runIf(process.platform !== 'darwin')('says that this is no Mac, where it is none', () => {
    const error = errorOf(() => loadAddon({ env: {} }));
    expect(error.message).toContain(`this is ${process.platform}`);
    expect(error.findings).toHaveLength(2);
  });
});

describe("the package's own addon", () => {
  it('is the prebuilt one, else the one that was built here', async () => {
    const module = (name: string) => `module.exports = { interfaceVersion: 1, name: '${name}' }`;
    // Modules in the place of native code: only how they are found matters here.
    await place('package.json', '{}');
    const { createRequire } = await import('node:module');
    const extensions = createRequire(import.meta.url).extensions as NodeJS.Dict<unknown>;
    const native = extensions['.node'];
    extensions['.node'] = extensions['.js'];
    try {
      await place('addon/build/Release/applevz.node', module('built'));
      expect(loadOwn(root, 'darwin', 'x64')).toMatchObject({ name: 'built' });
      await place('prebuilds/darwin-x64/applevz.node', module('prebuilt'));
      expect(loadOwn(root, 'darwin', 'x64')).toMatchObject({ name: 'prebuilt' });
    } finally {
      extensions['.node'] = native;
    }
  });

  it('that is not there is told with every place and with what to do', () => {
    const error = errorOf(() => loadOwn(root, 'darwin', 'arm64'));
    expect(error.findings.map(({ path }) => path)).toEqual([
      join(root, 'prebuilds/darwin-arm64/applevz.node'),
      join(root, 'addon/build/Release/applevz.node'),
    ]);
    expect(error.message).toMatch(/Install @vmrs\/applevz-addon again/);
    expect(error.message).toContain(`npx node-gyp rebuild in ${join(root, 'addon')}`);
    expect(error.message).toContain('xcode-select --install');
  });

  it('for the other processor is told apart', async () => {
    await place('prebuilds/darwin-arm64/applevz.node', machO(0x01000007));
    expect(errorOf(() => loadOwn(root, 'darwin', 'arm64')).findings[0]?.problem).toMatch(
      /it was built for x64, and this Node\.js is one for arm64/,
    );
  });
});
