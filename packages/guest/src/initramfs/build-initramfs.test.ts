import { execFileSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { elfModule } from '../../test/elf.ts';
import { readNewc } from '../../test/newc-reader.ts';
import { moduleTreeOfPackage } from '../kernel/module-tree.ts';
import { buildInitramfs } from './build-initramfs.ts';
import { readInitFiles } from './init-files.ts';

const busybox = Buffer.from('busybox');

async function modules() {
  const files = {
    'kernel/virtio_ring.ko': elfModule(),
    'kernel/virtio.ko': elfModule('depends=virtio_ring'),
    'kernel/virtio_net.ko': elfModule('depends=virtio_ring,virtio', 'alias=virtio:d00000001v*'),
    'kernel/af_packet.ko': elfModule('alias=net-pf-17'),
    'kernel/kvm_amd.ko': elfModule('depends='),
    'kernel/unwanted.ko': elfModule(),
    'modules.builtin': Buffer.from('kernel/drivers/virtio_pci.ko\n'),
  };
  return await moduleTreeOfPackage(
    Object.entries(files).map(([path, body]) => ({ path: `lib/modules/6.1.0-test/${path}`, mode: 0o644, body })),
  );
}

describe('buildInitramfs', () => {
  it('packs wanted modules with an index, and reports what is built in or absent', async () => {
    const { image, ...built } = await buildInitramfs({ busybox, modules: await modules(), extraModules: ['kvm-amd'] });
    const files = new Map(readNewc(image).map(({ name, body }) => [name, body.toString()]));
    expect(built.modules).toEqual(['virtio_ring', 'virtio', 'virtio_net', 'af_packet', 'kvm_amd']);
    expect(built.builtin).toEqual(['virtio_pci']);
    expect(built.absent).toContain('9p');
    expect(files.get('lib/modules/6.1.0-test/modules.dep')).toContain(
      'kernel/virtio_net.ko: kernel/virtio.ko kernel/virtio_ring.ko\n',
    );
    // DHCP needs packet sockets, and the kernel asks for them by this alias.
    expect(files.get('lib/modules/6.1.0-test/modules.alias')).toContain('alias net-pf-17 af_packet\n');
    expect([...files.keys()].some((name) => name.includes('unwanted'))).toBe(false);
  });

  it('gives the same bytes for the same input, compressed or not', async () => {
    const plain = await buildInitramfs({ busybox, modules: await modules() });
    const again = await buildInitramfs({ busybox, modules: await modules() });
    const packed = await buildInitramfs({ busybox, modules: await modules(), compression: 'gzip' });
    expect(plain.image.equals(again.image)).toBe(true);
    expect(gunzipSync(packed.image).equals(plain.image)).toBe(true);
  });

  it('works for a kernel without modules', async () => {
    const { image, modules: packed } = await buildInitramfs({ busybox });
    expect(packed).toEqual([]);
    expect(readNewc(image).find(({ name }) => name === 'init')?.mode).toBe(0o100755);
  });

  it('has test hooks only when they are asked for, and no way in from outside', async () => {
    const names = async (testHooks: boolean) =>
      readNewc((await buildInitramfs({ busybox, testHooks })).image).map(({ name }) => name);
    const plain = await names(false);
    expect((await names(true)).filter((name) => !plain.includes(name))).toEqual(['etc/vmrs/test-hooks']);
    expect(plain.filter((name) => /ssh|dropbear|telnetd|getty|login/.test(name))).toEqual([]);
    const init = await readInitFiles({ testHooks: false });
    expect(init.filter(({ body }) => body.includes('vmrs.test'))).toEqual([]);
  });
});

describe('the scripts of the init', () => {
  it('are valid for a POSIX shell, and never evaluate text', async () => {
    for (const { path, body } of await readInitFiles({ testHooks: true })) {
      if (!body.includes('#!/bin/busybox sh') && !/\.sh$|test-hooks$/.test(path)) continue;
      execFileSync('sh', ['-n'], { input: body });
      expect(body.toString(), path).not.toMatch(/\beval\b|\bsh -c\b/);
    }
  });
});
