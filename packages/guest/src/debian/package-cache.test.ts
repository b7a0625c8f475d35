import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { GuestError } from '../errors/guest-error.ts';
import { sha256 } from '../util/sha256.ts';
import { anySource } from './any-source.ts';
import { packageCache } from './package-cache.ts';
import type { AvailablePackage, PackageSource } from './package-source.ts';

/** A source with one package, whose calls are counted. */
function countingSource(body = 'deb', promised = body) {
  const calls = { find: 0, download: 0 };
  const source: PackageSource = {
    id: 'test',
    async find(name): Promise<AvailablePackage> {
      calls.find++;
      return { name, version: '1', arch: 'amd64', sha256: sha256(promised), size: promised.length, depends: [] };
    },
    async download(_, path) {
      calls.download++;
      await writeFile(path, body);
    },
  };
  return { source, calls };
}

const request = { key: 'kernel', resolve: (source: PackageSource) => source.find('kernel', undefined, {}) };

describe('packageCache', () => {
  it('asks once, downloads once, and then nobody', async () => {
    await using folder = await temporaryFolder();
    const { source, calls } = countingSource();
    const first = await packageCache(folder.path, source, 'remember').resolve(request, {});
    expect(await readFile(await first.file({}), 'utf8')).toBe('deb');
    for (const mode of ['remember', 'offline'] as const) {
      const again = await packageCache(folder.path, source, mode).resolve(request, {});
      expect(await readFile(await again.file({}), 'utf8')).toBe('deb');
    }
    expect(calls).toEqual({ find: 1, download: 1 });
  });

  it('asks again when it is told to refresh', async () => {
    await using folder = await temporaryFolder();
    await packageCache(folder.path, countingSource('old').source, 'remember').resolve(request, {});
    const fresh = await packageCache(folder.path, countingSource('new').source, 'refresh').resolve(request, {});
    expect(fresh.sha256).toBe(sha256('new'));
  });

  it('downloads a damaged file again', async () => {
    await using folder = await temporaryFolder();
    const { source, calls } = countingSource();
    const path = await (await packageCache(folder.path, source, 'remember').resolve(request, {})).file({});
    await writeFile(path, 'damaged');
    const again = await packageCache(folder.path, source, 'remember').resolve(request, {});
    expect(await readFile(await again.file({}), 'utf8')).toBe('deb');
    expect(calls.download).toBe(2);
  });

  it('takes a damaged answer for a missing one', async () => {
    await using folder = await temporaryFolder();
    const { source, calls } = countingSource();
    await packageCache(folder.path, source, 'remember').resolve(request, {});
    const [answer = ''] = await readdir(join(folder.path, 'resolved'));
    for (const damage of ['{', '{"name":"../x","version":"1","arch":"amd64","sha256":"0"}']) {
      await writeFile(join(folder.path, 'resolved', answer), damage);
      await packageCache(folder.path, source, 'remember').resolve(request, {});
    }
    expect(calls.find).toBe(3);
  });

  it('refuses bytes that are not the promised ones, and keeps none of them', async () => {
    await using folder = await temporaryFolder();
    const cache = packageCache(folder.path, countingSource('bad', 'good').source, 'remember');
    const resolved = await cache.resolve(request, {});
    await expect(resolved.file({})).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
    expect(await readdir(join(folder.path, 'packages'))).toEqual([]);
  });

  it('offline, says what is missing', async () => {
    await using folder = await temporaryFolder();
    const { source, calls } = countingSource();
    const cache = packageCache(folder.path, source, 'offline');
    await expect(cache.resolve(request, {})).rejects.toMatchObject({ code: 'NOT_FOUND', message: /run once without/ });
    expect(calls.find).toBe(0);
  });

  it('forgets a version that is no longer offered', async () => {
    await using folder = await temporaryFolder();
    await packageCache(folder.path, countingSource('old').source, 'remember').resolve(request, {});
    const { source } = countingSource('new');
    const stale = await packageCache(folder.path, source, 'remember').resolve(request, {});
    await expect(stale.file({})).rejects.toMatchObject({ code: 'NOT_FOUND', message: /try again/ });
    const fresh = await packageCache(folder.path, source, 'remember').resolve(request, {});
    expect(await readFile(await fresh.file({}), 'utf8')).toBe('new');
  });
});

describe('anySource', () => {
  const failing: PackageSource = {
    id: 'failing',
    find: async () => {
      throw new GuestError('NOT_FOUND', 'apt knows nothing');
    },
    download: async () => undefined,
  };

  it('goes on to the next source, and downloads from the one that had the package', async () => {
    await using folder = await temporaryFolder();
    const { source, calls } = countingSource();
    const any = anySource([failing, source]);
    const found = await any.find('kernel', undefined, {});
    await any.download(found, join(folder.path, 'x'), {});
    expect(calls).toEqual({ find: 1, download: 1 });
  });

  it('gives all reasons when nobody has it', async () => {
    await expect(anySource([failing, failing]).find('kernel', undefined, {})).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'cannot get the package kernel: apt knows nothing; apt knows nothing',
    });
  });
});
