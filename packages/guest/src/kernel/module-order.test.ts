import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { elfModule } from '../../test/elf.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { orderModules } from './module-order.ts';
import { isModuleTreeFile, moduleTreeOfDirectory, moduleTreeOfPackage } from './module-tree.ts';

async function tree(modules: Record<string, Buffer>, builtin = '') {
  const files = Object.entries({ ...modules, 'modules.builtin': Buffer.from(builtin) }).map(([path, body]) => ({
    path: `lib/modules/6.1.0-test/${path}`,
    mode: 0o644,
    body,
  }));
  const found = await moduleTreeOfPackage(files);
  if (found === undefined) throw new Error('no tree');
  return found;
}

describe('orderModules', () => {
  it('puts every module after what it needs, directly or not, hard or soft', async () => {
    const order = await orderModules(
      await tree({
        'kernel/net/virtio_net.ko': elfModule('depends=virtio,net-failover', 'softdep=pre: helper gone'),
        'kernel/virtio.ko': elfModule('depends=virtio_ring'),
        'kernel/virtio_ring.ko': elfModule(),
        'kernel/net-failover.ko': elfModule('depends=failover'),
        'kernel/failover.ko': elfModule(),
        'kernel/helper.ko': elfModule(),
        'kernel/unrelated.ko': elfModule(),
      }),
      ['virtio_net', 'virtio'],
    );
    const names = ['virtio_ring', 'virtio', 'failover', 'net_failover', 'helper', 'virtio_net'];
    expect(order.modules.map(({ name }) => name)).toEqual(names);
    expect(order.modules.at(-1)?.before).toEqual(names.slice(0, -1));
    expect(order.modules.at(-1)?.path).toBe('kernel/net/virtio_net.ko');
  });

  it('tells built-in modules from absent ones, and takes built-in dependencies for granted', async () => {
    const modules = { 'kernel/isofs.ko': elfModule('depends=cdrom') };
    const order = await orderModules(await tree(modules, 'kernel/fs/ext4/ext4.ko\nkernel/cdrom.ko\n'), [
      'isofs',
      'ext4',
      '9p',
    ]);
    expect(order.modules.map(({ name, before }) => [name, before])).toEqual([['isofs', []]]);
    expect(order.builtin).toEqual(['ext4']);
    expect(order.absent).toEqual(['9p']);
  });

  it('reads compressed modules', async () => {
    const body = elfModule('depends=');
    const order = await orderModules(
      await tree({ 'kernel/a.ko.gz': gzipSync(body), 'kernel/b.ko.zst': zstdCompressSync(body) }),
      ['a', 'b'],
    );
    expect(order.modules.map((module) => [module.path, module.body.equals(body)])).toEqual([
      ['kernel/a.ko', true],
      ['kernel/b.ko', true],
    ]);
  });

  it('refuses a package whose dependency is missing', async () => {
    const broken = await tree({ 'kernel/a.ko': elfModule('depends=b') });
    await expect(orderModules(broken, ['a'])).rejects.toMatchObject({ code: 'NOT_FOUND', message: /no module "b"/ });
  });

  it('refuses modules that need each other', async () => {
    const circle = await tree({ 'kernel/a.ko': elfModule('depends=b'), 'kernel/b.ko': elfModule('depends=a') });
    await expect(orderModules(circle, ['a'])).rejects.toMatchObject({ code: 'BAD_FORMAT' });
  });
});

describe('a module tree', () => {
  it('is read from a folder, too', async () => {
    await using folder = await temporaryFolder();
    const root = join(folder.path, '6.1.0-test');
    await mkdir(join(root, 'kernel'), { recursive: true });
    await writeFile(join(root, 'kernel', 'virtio-rng.ko'), elfModule());
    const found = await moduleTreeOfDirectory(root);
    expect([found.release, [...found.names], found.pathOf('virtio_rng')]).toEqual([
      '6.1.0-test',
      ['virtio_rng'],
      'kernel/virtio-rng.ko',
    ]);
  });

  it('says which folder is missing', async () => {
    await expect(moduleTreeOfDirectory('/nonexistent/modules')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('takes only what belongs to it from a package', () => {
    expect(isModuleTreeFile('lib/modules/6.1.0/kernel/fs/fat/fat.ko.xz')).toBe(true);
    expect(isModuleTreeFile('usr/lib/modules/6.1.0/modules.builtin')).toBe(true);
    expect(isModuleTreeFile('usr/share/doc/lib/modules.ko')).toBe(false);
    expect(isModuleTreeFile('lib/modules/6.1.0/modules.builtin.modinfo')).toBe(false);
  });
});
