import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { buildDeb } from '../../test/deb.ts';
import { bzImage, elfKernel, elfModule } from '../../test/elf.ts';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { kernelKind } from './kernel-kind.ts';
import { kernelFromDeb, kernelFromFile } from './load-kernel.ts';

const arm64Image = Buffer.alloc(4096);
arm64Image.write('ARM\x64', 0x38, 'latin1');
arm64Image.write('Linux version 6.1.0-arm (builder)', 0x100, 'latin1');
const zboot = Buffer.alloc(4096);
zboot.write('MZ\0\0zimg', 'latin1');
const x86Image = bzImage(gzipSync(elfKernel()), '6.1.0-x86');

describe('kernelKind', () => {
  it.each([
    ['bzimage', x86Image],
    ['arm64-image', arm64Image],
    ['elf', elfKernel()],
    ['gzip', gzipSync('x')],
    ['efi-zboot', zboot],
    ['unknown', Buffer.from('text')],
    ['unknown', Buffer.alloc(0)],
  ])('knows %s', (kind, bytes) => {
    expect(kernelKind(bytes)).toBe(kind);
  });
});

describe('kernelFromFile', () => {
  async function load(bytes: Buffer, arch: 'x86_64' | 'aarch64') {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'kernel');
    await writeFile(path, bytes);
    return await kernelFromFile(path, arch);
  }

  it('takes the release from the image', async () => {
    expect(await load(x86Image, 'x86_64')).toMatchObject({ kind: 'bzimage', release: '6.1.0-x86' });
  });

  it('unpacks a compressed arm64 image', async () => {
    const kernel = await load(gzipSync(arm64Image), 'aarch64');
    expect(kernel).toMatchObject({ kind: 'arm64-image', release: '6.1.0-arm' });
    expect(kernel.image.equals(arm64Image)).toBe(true);
  });

  it('refuses text, another architecture, and an image that only firmware can start', async () => {
    await expect(load(Buffer.from('text'), 'x86_64')).rejects.toMatchObject({ code: 'BAD_FORMAT' });
    await expect(load(x86Image, 'aarch64')).rejects.toMatchObject({ code: 'BAD_FORMAT', message: /for aarch64/ });
    await expect(load(zboot, 'aarch64')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(kernelFromFile('/nonexistent/kernel', 'x86_64')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('kernelFromDeb', () => {
  it('takes kernel and modules out of a package', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'kernel.deb');
    const files = {
      'boot/vmlinuz-6.1.0-x86': x86Image,
      'boot/config-6.1.0-x86': 'CONFIG_X=y\n',
      'lib/modules/6.1.0-x86/kernel/virtio.ko': elfModule(),
    };
    await writeFile(path, await buildDeb({ files, suffix: '.zst' }));
    const kernel = await kernelFromDeb(path, 'x86_64');
    expect(kernel.release).toBe('6.1.0-x86');
    expect([...(kernel.modules?.names ?? [])]).toEqual(['virtio']);
  });

  it('refuses a package without a kernel', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'other.deb');
    await writeFile(path, await buildDeb({ files: { 'etc/motd': 'hi' } }));
    await expect(kernelFromDeb(path, 'x86_64')).rejects.toMatchObject({ code: 'BAD_FORMAT' });
  });
});
