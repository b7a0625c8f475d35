import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SIZE_LIMITS, sizeProblems, tarballSizes } from '../../scripts/lib/package-size.mjs';
import { publicPackages } from './public-packages.ts';
import { ROOT } from './root.ts';

describe('the size of a package', () => {
  it('is that of its tarball and the sum of its files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vmrs-size-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'a'), 'x'.repeat(100_000));
    await writeFile(join(folder, 'b'), 'y'.repeat(23));
    const tarball = join(folder, 'p.tgz');
    execFileSync('tar', ['-czf', tarball, 'a', 'b'], { cwd: folder });
    const listing = execFileSync('tar', ['-tvzf', tarball], { encoding: 'utf8' });
    const sizes = await tarballSizes(tarball, listing);
    expect(sizes.unpacked).toBe(100_023);
    expect(sizes.packed).toBeLessThan(5000);
  });

  it('is read from what the tar of macOS lists, too', async () => {
    const listing = '-rw-r--r--  0 0      0       27158 Oct 26  1985 package/dist/index.js\n';
    expect(await tarballSizes(import.meta.filename, listing)).toMatchObject({ unpacked: 27_158 });
  });

  it('is a problem above the limit, packed or unpacked', () => {
    expect(sizeProblems('@vmrs/new', { packed: 160 * 1024, unpacked: 640 * 1024 })).toEqual([]);
    const problems = sizeProblems('@vmrs/new', { packed: 160 * 1024 + 1, unpacked: 641 * 1024 });
    expect(problems).toEqual([
      expect.stringContaining('packed it has 161'),
      expect.stringContaining('unpacked it has 641'),
    ]);
  });

  it('is limited for packages that exist', async () => {
    const names = (await publicPackages(ROOT)).map(({ manifest }) => manifest.name);
    expect(['default', ...names]).toEqual(expect.arrayContaining(Object.keys(SIZE_LIMITS)));
  });
});
