import { execFileSync, spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hostProgram, skipNote } from '../../test/host-program.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { sha256 } from '../util/sha256.ts';
import { isoImage } from './iso9660.ts';

const files = [
  { name: 'user-data', body: '#cloud-config\n{}\n' },
  { name: 'meta-data', body: 'x'.repeat(5000) },
  { name: 'empty', body: '' },
];
const xorriso = hostProgram('xorriso');
const blkid = hostProgram('blkid');

describe('isoImage', () => {
  it('gives these bytes', () => {
    // Change it only together with the tests below passing: they have other programs read the image.
    expect(sha256(isoImage([{ name: 'user-data', body: 'a' }], 'cidata'))).toMatchInlineSnapshot(
      `"c606cd877d68e24257b0e5ce98e0f83345028c7ebddec403d928bc14c17413c2"`,
    );
  });

  it('has its descriptors and files where the standard wants them', () => {
    const image = isoImage(files, 'cidata');
    expect(image.length % 2048).toBe(0);
    expect(image.readUInt32LE(16 * 2048 + 80) * 2048).toBe(image.length);
    expect(image.toString('latin1', 16 * 2048, 16 * 2048 + 7)).toBe('\x01CD001\x01');
    expect(image.toString('latin1', 17 * 2048, 17 * 2048 + 7)).toBe('\x02CD001\x01');
    expect(image.toString('latin1', 18 * 2048, 18 * 2048 + 7)).toBe('\xffCD001\x01');
    expect(image.includes('#cloud-config\n{}\n')).toBe(true);
  });

  it.skipIf(xorriso === undefined)(`is read by xorriso, from both trees${skipNote(xorriso, 'xorriso')}`, async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'seed.iso');
    await writeFile(path, isoImage(files, 'cidata'));
    for (const trees of ['nojoliet', 'any']) {
      const target = join(folder.path, trees);
      const args = ['-osirrox', 'on', '-read_fs', trees, '-indev', path];
      const output = spawnSync(xorriso ?? '', [...args, '-extract', '/', target], { encoding: 'utf8' });
      expect(output.stderr).toContain("Volume id    : 'cidata'");
      for (const { name, body } of files) expect(await readFile(join(target, name), 'utf8')).toBe(body);
    }
  });

  it.skipIf(blkid === undefined)(`is known by blkid as cidata${skipNote(blkid, 'blkid')}`, async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'seed.iso');
    await writeFile(path, isoImage(files, 'cidata'));
    const output = execFileSync(blkid ?? '', ['-p', '-o', 'export', path], { encoding: 'utf8' });
    expect(output).toMatch(/^LABEL=cidata$/m);
    expect(output).toMatch(/^TYPE=iso9660$/m);
  });

  it.each([
    ['a bad name', [{ name: '../x', body: '' }], 'cidata'],
    ['a name given twice', [...files, ...files], 'cidata'],
    ['a bad label', files, 'has blanks'],
    ['too many files', Array.from({ length: 60 }, (_, index) => ({ name: `file-${index}`, body: '' })), 'cidata'],
  ])('refuses %s', (_, wrong, label) => {
    expect(() => isoImage(wrong, label)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  });
});
