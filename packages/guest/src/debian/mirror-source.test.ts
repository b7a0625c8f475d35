import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { downloadBytes } from '../util/download.ts';
import { sha256 } from '../util/sha256.ts';
import { mirrorSource } from './mirror-source.ts';

const DEB = Buffer.from('the package');
const POOL = 'pool/main/l/linux/linux-image-6.1.0-1-cloud-amd64_6.1.1-1_amd64.deb';

function stanza(fields: Record<string, string | number>): string {
  return `${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join('')}\n`;
}

const KERNEL = {
  Package: 'linux-image-6.1.0-1-cloud-amd64',
  Version: '6.1.1-1',
  Filename: POOL,
  Size: DEB.length,
  SHA256: sha256(DEB),
};
const META = {
  Package: 'linux-image-cloud-amd64',
  Version: '6.1.1-1',
  Depends: 'linux-image-6.1.0-1-cloud-amd64 (= 6.1.1-1)',
  Filename: 'pool/main/l/linux/meta.deb',
  Size: 1,
  SHA256: sha256('m'),
};

/** A mirror on loopback with some files changed. */
async function mirror(changes: Record<string, Buffer | string | ((response: ServerResponse) => void)> = {}) {
  const packages = gzipSync(
    stanza({ ...META, Package: 'not-linux-image-cloud-amd64' }) + stanza(META) + stanza(KERNEL),
  );
  const release = `Suite: bookworm\nSHA256:\n ${sha256(packages)} ${packages.length} main/binary-amd64/Packages.gz\n`;
  const files: typeof changes = {
    'dists/bookworm/Release': release,
    'dists/bookworm/main/binary-amd64/Packages.gz': packages,
    [POOL]: DEB,
    ...changes,
  };
  const asked: string[] = [];
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const path = decodeURIComponent((request.url ?? '').replace('/debian/', ''));
    asked.push(path);
    const file = files[path];
    if (typeof file === 'function') file(response);
    else response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/debian`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe('mirrorSource', () => {
  it('finds a package, follows its dependency, and downloads it with its digest checked', async () => {
    await using server = await mirror();
    await using folder = await temporaryFolder();
    const source = mirrorSource('amd64', { mirror: server.url });
    const meta = await source.find('linux-image-cloud-amd64', undefined, {});
    expect(meta.depends).toEqual([{ name: KERNEL.Package, exactVersion: '6.1.1-1' }]);
    const kernel = await source.find(KERNEL.Package, '6.1.1-1', {});
    const path = join(folder.path, 'kernel.deb');
    let received = 0;
    await source.download(kernel, path, { onReceived: (bytes) => (received = bytes) });
    expect(await readFile(path)).toEqual(DEB);
    expect(received).toBe(DEB.length);
    expect(server.asked.filter((name) => name.endsWith('Packages.gz'))).toHaveLength(1);
  });

  it.each([
    [
      'an index that is not the promised one',
      { 'dists/bookworm/main/binary-amd64/Packages.gz': gzipSync('x') },
      'CHECKSUM_MISMATCH',
    ],
    [
      'a mirror without a Release file',
      { 'dists/bookworm/Release': (r: ServerResponse) => r.writeHead(404).end() },
      'DOWNLOAD_FAILED',
    ],
    ['a release without the architecture', { 'dists/bookworm/Release': 'SHA256:\n' }, 'NOT_FOUND'],
  ])('refuses %s', async (_, changes, code) => {
    await using server = await mirror(changes);
    const source = mirrorSource('amd64', { mirror: server.url });
    await expect(source.find('linux-image-cloud-amd64', undefined, {})).rejects.toMatchObject({ code });
  });

  it.each([
    ['another one', 'another one'],
    ['a longer one', `${DEB}${DEB}`],
    ['a shorter one', 'the'],
  ])('refuses %s in place of the package', async (_, body) => {
    await using server = await mirror({ [POOL]: body });
    await using folder = await temporaryFolder();
    const source = mirrorSource('amd64', { mirror: server.url });
    const kernel = await source.find(KERNEL.Package, undefined, {});
    const download = source.download(kernel, join(folder.path, 'kernel.deb'), {});
    await expect(download).rejects.toMatchObject({ code: 'CHECKSUM_MISMATCH' });
  });

  it('says what the mirror does not have', async () => {
    await using server = await mirror();
    const source = mirrorSource('amd64', { mirror: server.url });
    await expect(source.find('linux-image-cloud-amd64', '9', {})).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(source.find('busybox-static', undefined, {})).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: /no package busybox-static for amd64/,
    });
  });

  it.each(['http://deb.debian.org/debian', 'ftp://localhost/debian', 'deb.debian.org'])(
    'refuses the mirror %s',
    (url) => {
      expect(() => mirrorSource('amd64', { mirror: url })).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
    },
  );

  it('refuses a suite that is a path', () => {
    expect(() => mirrorSource('amd64', { suite: '../x' })).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  });
});

describe('a download', () => {
  it('may be slow, but not silent', async () => {
    await using server = await mirror({ slow: (response) => response.writeHead(200).write('some') });
    await expect(downloadBytes(`${server.url}/slow`, { idleTimeoutMs: 100 })).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: /nothing received for 100 ms/,
    });
  });

  it('stops when aborted', async () => {
    await using server = await mirror({ slow: (response) => response.writeHead(200).write('some') });
    const controller = new AbortController();
    const download = downloadBytes(`${server.url}/slow`, {
      signal: controller.signal,
      onReceived: () => controller.abort(),
    });
    await expect(download).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('names the cause of a refused connection', async () => {
    await expect(downloadBytes('http://127.0.0.1:1/')).rejects.toMatchObject({
      code: 'DOWNLOAD_FAILED',
      message: /bad port|ECONNREFUSED/,
    });
  });
});
