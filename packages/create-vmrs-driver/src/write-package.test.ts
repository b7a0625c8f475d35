import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { packageRoot } from './package-root.ts';
import { readTemplateVersions, templateVersions } from './template-versions.ts';
import { writePackage } from './write-package.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vmrs-create-'));
});

afterEach(() => rm(root, { recursive: true }));

const VERSIONS = {
  '@types/node': '^22.0.0',
  '@vmrs/core': '^1.2.3',
  '@vmrs/driver-kit': '^1.2.3',
  '@vmrs/testkit': '^1.2.3',
  publint: '^0.3.0',
  typescript: '^6.0.0',
};

function wanted(folder = join(root, 'new')) {
  return { folder, id: 'my-vmm', packageName: '@acme/vmrs-driver-my-vmm', platforms: ['linux-x64', 'darwin-arm64'] };
}

async function filesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, 'utf8')])),
  );
}

describe('writePackage', () => {
  it('writes the template under the new names, with nothing of the old ones left', async () => {
    const written = await writePackage(wanted(), VERSIONS);
    const files = await filesOf(wanted().folder);
    expect(Object.keys(files).toSorted()).toEqual(written);
    expect(written).toEqual(
      expect.arrayContaining([
        '.gitignore',
        'README.md',
        'package.json',
        'src/machine.ts',
        'test/my-vmm-under-test.ts',
      ]),
    );
    expect(JSON.stringify(files)).not.toMatch(/acmevisor/i);
    expect(files['src/machine.ts']).toContain('class MyVmmMachine');
  });

  it('writes a manifest with these names, platforms and versions', async () => {
    await writePackage(wanted(), VERSIONS);
    expect(JSON.parse(await readFile(join(wanted().folder, 'package.json'), 'utf8'))).toMatchObject({
      name: '@acme/vmrs-driver-my-vmm',
      vmrs: { driver: { id: 'my-vmm', platforms: ['linux-x64', 'darwin-arm64'] } },
      dependencies: { '@vmrs/driver-kit': '^1.2.3' },
      peerDependencies: { '@vmrs/core': '^1.2.3' },
      devDependencies: { '@vmrs/core': '^1.2.3', '@vmrs/testkit': '^1.2.3', typescript: '^6.0.0' },
    });
  });

  it('takes an empty folder, and leaves one that holds anything as it is', async () => {
    const empty = join(root, 'empty');
    await mkdir(empty);
    await writePackage(wanted(empty), VERSIONS);
    const full = join(root, 'full');
    await mkdir(full);
    await writeFile(join(full, '.git'), '');
    await expect(writePackage(wanted(full), VERSIONS)).rejects.toThrow("is not empty (it holds '.git')");
    expect(await readdir(full)).toEqual(['.git']);
  });

  it('refuses a file in the place of the folder, and names that cannot be, before it makes anything', async () => {
    const file = join(root, 'file');
    await writeFile(file, '');
    await expect(writePackage(wanted(file), VERSIONS)).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(writePackage({ ...wanted(), id: 'Not An Id' }, VERSIONS)).rejects.toThrow(TypeError);
    expect(await readdir(root)).toEqual(['file']);
  });

  it('does not guess the version of anything', async () => {
    const { typescript: _, ...others } = VERSIONS;
    await expect(writePackage(wanted(), others)).rejects.toThrow('depends on typescript');
  });
});

describe('the versions', () => {
  it('of all that the template depends on are known to this package', async () => {
    const manifest: unknown = JSON.parse(await readFile(new URL('package.json', packageRoot()), 'utf8'));
    await writePackage(wanted(), templateVersions(manifest));
  });

  it('are not taken from a package that was never packed', async () => {
    await expect(readTemplateVersions()).rejects.toThrow('was not packed');
  });
});
