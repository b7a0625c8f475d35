import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildDeb } from '../../test/deb.ts';
import { bzImage, elfBusybox, elfKernel, elfModule } from '../../test/elf.ts';
import { readNewc } from '../../test/newc-reader.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { bootParameters } from './boot-parameters.ts';
import { defaultCacheDir } from './cache-dir.ts';
import { type GuestAssetsOptions, guestAssets } from './guest-assets.ts';
import type { AssetsProgress } from './progress.ts';

/** A kernel package and a busybox on disk, and an empty cache. */
async function ingredients() {
  const folder = await temporaryFolder();
  const deb = join(folder.path, 'kernel.deb');
  const busybox = join(folder.path, 'busybox');
  const files = {
    'boot/vmlinuz-6.1.0-test': bzImage(gzipSync(elfKernel())),
    'lib/modules/6.1.0-test/kernel/virtio_net.ko': elfModule(),
  };
  await writeFile(deb, await buildDeb({ files }));
  await writeFile(busybox, elfBusybox());
  const options: GuestAssetsOptions = {
    arch: 'x86_64',
    kernel: { deb },
    busybox,
    cacheDir: join(folder.path, 'cache'),
    offline: true,
  };
  return { options, path: folder.path, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
}

describe('guestAssets', () => {
  it('builds kernel, vmlinux and initramfs once, and finds them the second time', async () => {
    await using given = await ingredients();
    const seen: AssetsProgress[] = [];
    const assets = await guestAssets({ ...given.options, onProgress: (progress) => seen.push(progress) });
    expect(assets).toMatchObject({ kernelVersion: '6.1.0-test', busyboxVersion: '1.35.0', cached: false });
    expect(await readFile(assets.kernel)).toEqual(bzImage(gzipSync(elfKernel())));
    expect(await readFile(assets.vmlinux ?? '')).toEqual(elfKernel());
    const names = readNewc(await readFile(assets.initramfs)).map(({ name }) => name);
    expect(names).toContain('lib/modules/6.1.0-test/kernel/virtio_net.ko');
    expect(seen.map(({ type }) => type)).toEqual(['unpacking', 'building', 'building', 'done']);
    expect(await guestAssets(given.options)).toEqual({ ...assets, cached: true });
  });

  it('makes a damaged file again', async () => {
    await using given = await ingredients();
    const { initramfs } = await guestAssets(given.options);
    const good = await readFile(initramfs);
    await writeFile(initramfs, 'damaged');
    const again = await guestAssets(given.options);
    expect(again.cached).toBe(false);
    expect(await readFile(again.initramfs)).toEqual(good);
  });

  it('keeps different guests apart', async () => {
    await using given = await ingredients();
    const variants = [{}, { testHooks: true }, { compression: 'gzip' as const }, { extraModules: ['kvm'] }];
    const paths = [];
    for (const variant of variants) paths.push((await guestAssets({ ...given.options, ...variant })).initramfs);
    await writeFile(given.options.busybox ?? '', elfBusybox({ version: '1.37.0' }));
    paths.push((await guestAssets(given.options)).initramfs);
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('may be called by several processes at once', async () => {
    await using given = await ingredients();
    const script = `import { guestAssets } from ${JSON.stringify(fileURLToPath(new URL('guest-assets.ts', import.meta.url)))};
      const { initramfs } = await guestAssets(${JSON.stringify(given.options)}); process.stdout.write(initramfs);`;
    const run = () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    const paths = (await Promise.all([run(), run(), run()])).map(({ stdout }) => stdout);
    expect(new Set(paths).size).toBe(1);
    const { cached } = await guestAssets(given.options);
    expect(cached).toBe(true);
    const cacheDir = given.options.cacheDir ?? '';
    expect((await readdir(join(cacheDir, 'guest', 'assets'))).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('takes a kernel file and its modules, and a kernel that is ELF already', async () => {
    await using given = await ingredients();
    const path = join(given.path, 'vmlinux');
    await writeFile(path, elfKernel());
    const assets = await guestAssets({ ...given.options, kernel: { path } });
    expect(await readFile(assets.vmlinux ?? '')).toEqual(elfKernel());
    expect(assets.kernelVersion).toBe('unknown');
  });

  it.each([
    ['a missing kernel', { kernel: { path: '/nonexistent/kernel' } }, 'NOT_FOUND'],
    ['a missing kernel package', { kernel: { deb: '/nonexistent.deb' } }, 'NOT_FOUND'],
    ['a text file as kernel', { kernel: { path: fileURLToPath(import.meta.url) } }, 'BAD_FORMAT'],
    ['a missing busybox', { busybox: '/nonexistent/busybox' }, 'NOT_FOUND'],
    ['a package that is not in the cache while offline', { kernel: { package: 'linux-image-x' } }, 'NOT_FOUND'],
    ['an aborted signal', { signal: AbortSignal.abort() }, 'ABORTED'],
  ] satisfies [string, Partial<GuestAssetsOptions>, string][])(
    'refuses %s, and leaves nothing',
    async (_, change, code) => {
      await using given = await ingredients();
      await expect(guestAssets({ ...given.options, ...change })).rejects.toMatchObject({ code });
      await rm(join(given.path, 'kernel.deb'));
      expect(await readdir(given.path)).toEqual(['busybox']);
    },
  );
});

describe('defaultCacheDir', () => {
  it('follows $VMRS_CACHE, else the platform', () => {
    expect(defaultCacheDir({ VMRS_CACHE: '/c' }, 'linux')).toBe('/c');
    expect(defaultCacheDir({ XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/x/vmrs');
    expect(defaultCacheDir({ XDG_CACHE_HOME: 'relative' }, 'linux')).toMatch(/\/\.cache\/vmrs$/);
    expect(defaultCacheDir({}, 'darwin')).toMatch(/\/Library\/Caches\/vmrs$/);
  });
});

describe('bootParameters', () => {
  it('lets a panic be heard: with loglevel=0 the kernel would say nothing', () => {
    for (const arch of ['x86_64', 'aarch64'] as const) expect(bootParameters(arch).fast).toContain('loglevel=1');
  });
});
