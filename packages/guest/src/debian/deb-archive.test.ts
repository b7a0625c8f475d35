import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { arArchive, buildDeb } from '../../test/deb.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { decompress } from '../util/compression.ts';
import { readDebControl, unpackDeb } from './deb-archive.ts';

describe('unpackDeb', () => {
  it.each(['', '.gz', '.zst'] as const)('unpacks the selected files of data.tar%s', async (suffix) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'test.deb');
    await writeFile(
      path,
      await buildDeb({ files: { 'bin/a': 'A'.repeat(70_000), 'bin/b': 'B', 'etc/c': 'C' }, suffix }),
    );
    const files = await unpackDeb(path, (name) => name.startsWith('bin/'));
    expect(files.map(({ path: name, body }) => [name, body.length])).toEqual([
      ['bin/a', 70_000],
      ['bin/b', 1],
    ]);
    expect((await readDebControl(path)).get('Package')).toBe('test');
  });

  it.each([
    ['a text file', async () => Buffer.from('hello'), 'BAD_FORMAT'],
    ['an archive that is cut off', async () => (await buildDeb({ files: { a: 'x' } })).subarray(0, -40), 'BAD_FORMAT'],
    ['an archive without data', async () => arArchive({ 'debian-binary': Buffer.from('2.0\n') }), 'BAD_FORMAT'],
    ['damaged data', async () => arArchive({ 'data.tar.gz': Buffer.from('\x1f\x8bgarbage') }), 'BAD_FORMAT'],
    ['an unknown compression', async () => arArchive({ 'data.tar.lzma': Buffer.alloc(8) }), 'UNSUPPORTED'],
  ])('refuses %s', async (_, make, code) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'test.deb');
    await writeFile(path, await make());
    await expect(unpackDeb(path, () => true)).rejects.toMatchObject({ code });
  });

  it('says which file is missing, and stops when aborted', async () => {
    await expect(unpackDeb('/nonexistent.deb', () => true)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'test.deb');
    await writeFile(path, await buildDeb({ files: { a: 'x' } }));
    const unpacking = unpackDeb(path, () => true, { signal: AbortSignal.abort() });
    await expect(unpacking).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('decompress', () => {
  it('unpacks xz without the xz program', async () => {
    const packed = '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jMAQANaGVsbG8gZnJvbSB4egoAAABb+Ybd5id65gABJg4IG+AEH7bzfQEAAAAABFla';
    expect((await decompress(Buffer.from(packed, 'base64'), 'sample')).toString()).toBe('hello from xz\n');
    const damaged = Buffer.from(packed, 'base64').fill(0xff, 24, 40);
    await expect(decompress(damaged, 'sample')).rejects.toMatchObject({ code: 'BAD_FORMAT' });
  });
});
