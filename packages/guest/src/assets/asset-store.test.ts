import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { readAssetSet, writeAssetSet } from './asset-store.ts';

const files = { kernel: Buffer.from('k'), initramfs: Buffer.from('i') };

describe('the asset store', () => {
  it('reads back what it wrote, and nothing where there is nothing', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'a', 'set');
    expect(await readAssetSet(path)).toBeUndefined();
    const set = await writeAssetSet(path, files, { version: '1' });
    expect(await readAssetSet(path)).toEqual(set);
    expect(await readdir(join(folder.path, 'a'))).toEqual(['set']);
  });

  it.each([
    ['a changed file', (path: string) => writeFile(join(path, 'kernel'), 'x')],
    ['a damaged manifest', (path: string) => writeFile(join(path, 'manifest.json'), '{')],
    ['a manifest of another kind', (path: string) => writeFile(join(path, 'manifest.json'), '{"schema":2}')],
  ])('takes %s for a missing set, and replaces it', async (_, damage) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'set');
    const set = await writeAssetSet(path, files, {});
    await damage(path);
    expect(await readAssetSet(path)).toBeUndefined();
    await writeAssetSet(path, files, {});
    expect(await readAssetSet(path)).toEqual(set);
    expect(await readdir(folder.path)).toEqual(['set']);
  });

  it('lets many write the same set at once', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'set');
    await Promise.all(Array.from({ length: 8 }, () => writeAssetSet(path, files, {})));
    expect(await readAssetSet(path)).toBeDefined();
    expect(await readdir(folder.path)).toEqual(['set']);
  });

  it('removes what a killed process left a day ago, and nothing younger', async () => {
    await using folder = await temporaryFolder();
    for (const name of ['.set.1.old.tmp', '.set.2.new.tmp', '.other.3.old.tmp']) await mkdir(join(folder.path, name));
    const longAgo = new Date(Date.now() - 25 * 60 * 60 * 1000);
    await utimes(join(folder.path, '.set.1.old.tmp'), longAgo, longAgo);
    await writeAssetSet(join(folder.path, 'set'), files, {});
    expect((await readdir(folder.path)).sort()).toEqual(['.other.3.old.tmp', '.set.2.new.tmp', 'set']);
  });

  it('says where it cannot write', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'file'), '');
    const write = writeAssetSet(join(folder.path, 'file', 'set'), files, {});
    await expect(write).rejects.toMatchObject({ code: 'IO', message: /cannot write the cached assets/ });
  });
});
