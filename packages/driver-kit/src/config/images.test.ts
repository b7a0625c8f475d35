import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readDiskImage } from './disk-image.ts';
import { readKernelImage } from './kernel-image.ts';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-images-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return path;
}

/** Bytes with `parts` written over zeros. */
function bytes(
  size: number,
  ...parts: readonly (readonly [offset: number, content: string | readonly number[]])[]
): Buffer {
  const all = Buffer.alloc(size);
  for (const [offset, content] of parts)
    all.set(typeof content === 'string' ? Buffer.from(content, 'latin1') : content, offset);
  return all;
}

/** An ELF64 file with one segment of notes at 0x100. */
function elf(note: readonly number[]): Buffer {
  return bytes(
    0x200,
    [0, '\x7fELF\x02\x01'],
    [0x20, [0x40]],
    [0x36, [0x38, 0, 1]],
    [0x40, [4]],
    [0x48, [0x00, 0x01]],
    [0x60, [note.length]],
    [0x100, note],
  );
}

const PVH_NOTE = [4, 0, 0, 0, 8, 0, 0, 0, 18, 0, 0, 0, ...Buffer.from('Xen\0'), 0, 0, 0, 1, 0, 0, 0, 0];
const OTHER_NOTE = [4, 0, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0, ...Buffer.from('GNU\0'), 0, 0, 0, 0];

describe('readKernelImage', () => {
  it.each([
    ['bzimage', bytes(0x400, [0x202, 'HdrS'])],
    ['arm64-image', bytes(64, [56, 'ARM\x64'])],
    ['arm64-compressed', bytes(16, [0, 'MZ'], [4, 'zimg'])],
    ['arm64-compressed', bytes(16, [0, [0x1f, 0x8b]])],
    ['elf-pvh', elf(PVH_NOTE)],
    ['elf-pvh', elf([...OTHER_NOTE, ...PVH_NOTE])],
    ['elf', elf(OTHER_NOTE)],
    ['unknown', Buffer.from('#!/bin/sh\necho hello\n')],
    ['unknown', Buffer.alloc(0)],
    ['unknown', bytes(40, [0, '\x7fELF'])],
  ] as const)('tells %s', async (kind, content) => {
    expect(await readKernelImage(await file('kernel', content))).toBe(kind);
  });
});

describe('readDiskImage', () => {
  const raw = { format: 'raw', backing: null, blockDevice: false };

  it.each([
    ['an empty file', Buffer.alloc(0), { ...raw, wholeDisk: false }],
    ['a partitioned disk', bytes(0x20000, [510, [0x55, 0xaa]]), { ...raw, wholeDisk: false }],
    ['ext4 on the whole disk', bytes(0x20000, [0x438, [0x53, 0xef]]), { ...raw, wholeDisk: true }],
    ['btrfs on the whole disk', bytes(0x20000, [0x10040, '_BHRfS_M']), { ...raw, wholeDisk: true }],
    ['VMDK', bytes(512, [0, 'KDMV']), { format: 'other', formatName: 'VMDK' }],
    ['VHDX', bytes(512, [0, 'vhdxfile']), { format: 'other', formatName: 'VHDX' }],
  ])('tells %s', async (_, content, expected) => {
    expect(await readDiskImage(await file('disk', content))).toMatchObject(expected);
  });

  it("reads what qemu-img writes: qcow2, with and without another file's content", async () => {
    const base = join(folder, 'base.qcow2');
    const overlay = join(folder, 'overlay.qcow2');
    const external = join(folder, 'external.qcow2');
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', base, '1M']);
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-F', 'qcow2', '-b', base, overlay]);
    await run('qemu-img', [
      'create',
      '-q',
      '-f',
      'qcow2',
      '-o',
      `data_file=${join(folder, 'data.raw')}`,
      external,
      '1M',
    ]);
    expect(await readDiskImage(base)).toMatchObject({ format: 'qcow2', backing: null });
    expect(await readDiskImage(overlay)).toMatchObject({ format: 'qcow2', backing: base });
    expect(await readDiskImage(external)).toMatchObject({ format: 'qcow2', backing: '(external data file)' });
  });
});
