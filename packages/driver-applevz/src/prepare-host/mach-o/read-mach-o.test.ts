import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  CPU,
  dylib,
  dylibUse,
  machO,
  plain,
  raw,
  rpath,
  segment,
  universal,
  weakDylib,
} from '../fixtures/mach-o-bytes.ts';
import { MachOError } from './mach-o-error.ts';
import type { MachOFile } from './mach-o-file.ts';
import { readMachO } from './read-mach-o.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-mach-o-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(bytes: Uint8Array): Promise<MachOFile> {
  const file = join(folder, 'sample');
  await writeFile(file, bytes);
  return readMachO(file);
}

const LIKE_HOMEBREW = [
  segment('__TEXT'),
  dylib('@rpath/libnode.137.dylib'),
  weakDylib('/usr/lib/swift/libswiftCore.dylib'),
  dylib('/usr/lib/libSystem.B.dylib'),
  rpath('@loader_path'),
  rpath('@loader_path/../lib'),
  plain(0x1d, [4096, 100]),
];

describe('readMachO', () => {
  it('reads libraries, rpaths, segments and the signature, in the order of the file', async () => {
    expect(await read(machO({ commands: LIKE_HOMEBREW }))).toEqual({
      universal: false,
      images: [
        {
          arch: 'arm64',
          kind: 'executable',
          id: null,
          libraries: [
            { name: '@rpath/libnode.137.dylib', weak: false },
            { name: '/usr/lib/swift/libswiftCore.dylib', weak: true },
            { name: '/usr/lib/libSystem.B.dylib', weak: false },
          ],
          rpaths: ['@loader_path', '@loader_path/../lib'],
          segments: ['__TEXT'],
          signed: true,
        },
      ],
    });
  });

  it.each([
    ['32 bits', { wide: false, cpu: CPU.ia32 }, 'ia32'],
    ['big endian', { bigEndian: true, wide: false, cpu: CPU.ppc }, 'cpu 18'],
    ['big endian and 64 bits', { bigEndian: true }, 'arm64'],
    ['x64', { cpu: CPU.x64 }, 'x64'],
  ])('reads an image of %s', async (_, init, arch) => {
    const { images } = await read(machO({ ...init, commands: LIKE_HOMEBREW }));
    expect(images).toMatchObject([{ arch, rpaths: ['@loader_path', '@loader_path/../lib'], signed: true }]);
    expect(images[0]?.libraries).toHaveLength(3);
  });

  it.each([false, true])('reads every architecture of a universal file (64-bit table: %s)', async (wide) => {
    const arm64 = machO({ commands: [dylib('@rpath/a.dylib')] });
    const x64 = machO({ cpu: CPU.x64, commands: [dylib('@rpath/b.dylib'), rpath('/opt')] });
    const parts = [
      { cpu: CPU.arm64, bytes: arm64 },
      { cpu: CPU.x64, bytes: x64 },
    ];
    const bytes = universal(parts, wide);
    expect(await read(bytes)).toMatchObject({
      universal: true,
      images: [
        { arch: 'arm64', libraries: [{ name: '@rpath/a.dylib' }], rpaths: [] },
        { arch: 'x64', libraries: [{ name: '@rpath/b.dylib' }], rpaths: ['/opt'] },
      ],
    });
  });

  it('knows the name of a library, and every way to load another', async () => {
    const ways = [0xc, 0x8000_0018, 0x8000_001f, 0x20, 0x8000_0023];
    const commands = [dylib('@rpath/me.dylib', 0xd), ...ways.map((way, index) => dylib(`/lib${index}`, way))];
    const { images } = await read(machO({ type: 6, commands }));
    expect(images).toMatchObject([{ kind: 'dylib', id: '@rpath/me.dylib' }]);
    expect(images[0]?.libraries.map(({ name, weak }) => `${name} ${weak}`)).toEqual([
      '/lib0 false',
      '/lib1 true',
      '/lib2 false',
      '/lib3 false',
      '/lib4 false',
    ]);
  });

  it('reads the flags of the newer form of library command', async () => {
    const { images } = await read(machO({ commands: [dylibUse('/weak', 1), dylibUse('/strong', 2)] }));
    expect(images[0]?.libraries).toEqual([
      { name: '/weak', weak: true },
      { name: '/strong', weak: false },
    ]);
  });

  it('passes over commands that it does not know', async () => {
    const commands = [plain(0x8000_0077, [1, 2, 3]), plain(0x1234), dylib('/lib')];
    expect((await read(machO({ commands }))).images[0]?.libraries).toEqual([{ name: '/lib', weak: false }]);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a script', Buffer.from('#!/bin/sh\nexec node "$@"\n')],
    ['an ELF executable', Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(100)])],
    ['a class file of Java', Buffer.concat([Buffer.from('cafebabe00000041', 'hex'), Buffer.alloc(100)])],
    ['a universal file of nothing', Buffer.from('cafebabe00000000', 'hex')],
    ['a universal file of universal files', universal([{ cpu: 1, bytes: universal([{ cpu: 1, bytes: machO({}) }]) }])],
  ])('says that %s is something else', async (_, bytes) => {
    const failure: unknown = await read(bytes).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(MachOError);
    expect(failure).toMatchObject({ problem: 'other', file: join(folder, 'sample') });
  });

  it.each([
    ['command size of 0', [raw([0x19, 0])]],
    ['command size that is no multiple of 4', [raw([0x19, 10, 0])]],
    ['command longer than all of them', [raw([0x19, 4096])]],
    ['library command that is too short', [raw([0xc, 12, 8])]],
    ['name before the command', [raw([0xc, 24, 4, 0, 0, 0])]],
    ['name behind the command', [raw([0xc, 24, 400, 0, 0, 0])]],
    ['name at the end of all numbers', [raw([0xc, 24, 0xffff_ffff, 0, 0, 0])]],
    ['name without an end', [raw([0xc, 28, 24, 0, 0, 0, 0x6161_6161])]],
    ['rpath without an end', [raw([0x8000_001c, 16, 12, 0x6161_6161])]],
    ['segment that is too short', [raw([0x19, 16, 0, 0])]],
  ])('calls a file damaged for a %s', async (_, commands) => {
    await expect(read(machO({ commands }))).rejects.toMatchObject({ name: 'MachOError', problem: 'damaged' });
  });

  it.each([
    ['more commands than there are', { count: 0xffff_ffff }],
    ['more bytes of commands than the file has', { bytes: 100_000 }],
    ['gigabytes of commands', { bytes: 0xf000_0000 }],
  ])('calls a file damaged that claims %s', async (_, claims) => {
    await expect(read(machO({ commands: [rpath('/a')], claims }))).rejects.toMatchObject({ problem: 'damaged' });
  });

  it('answers or says what is wrong, and nothing else, wherever a file is cut off', async () => {
    const whole = universal([{ cpu: CPU.arm64, bytes: machO({ commands: LIKE_HOMEBREW }) }]);
    for (let length = 0; length < whole.length; length += 1) {
      const failure: unknown = await read(whole.subarray(0, length)).then(
        () => null,
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(MachOError);
    }
  });

  it('answers or says what is wrong, and nothing else, whichever byte is another', async () => {
    const whole = machO({ commands: LIKE_HOMEBREW });
    for (let index = 0; index < whole.length; index += 1) {
      const changed = Buffer.from(whole);
      changed[index] = (changed[index] ?? 0) ^ 0xff;
      const failure: unknown = await read(changed).then(
        () => null,
        (error: unknown) => error,
      );
      if (failure !== null) expect(failure).toBeInstanceOf(MachOError);
    }
  });

  it('says that a folder is no file', async () => {
    await expect(readMachO(folder)).rejects.toMatchObject({ name: 'MachOError', problem: 'other' });
  });

  it('reads what a real linker has made', async ({ skip }) => {
    const tools = await linker();
    if (tools === null) return skip('clang-19 and ld64.lld-19 are not installed');
    const file = join(folder, 'made');
    await writeFile(join(folder, 'made.c'), 'int main(void) { return 0; }\n');
    await run('clang-19', [
      ...['-target', 'arm64-apple-macos13', '-ffreestanding', '-c', join(folder, 'made.c'), '-o', `${file}.o`],
    ]);
    await writeFile(join(folder, 'libSystem.tbd'), SYSTEM_TBD);
    await run('ld64.lld-19', [
      ...['-arch', 'arm64', '-platform_version', 'macos', '13.0', '13.0', '-o', file, `${file}.o`],
      ...['-rpath', '@loader_path/../lib', '-rpath', '/opt/lib', '-L', folder, '-lSystem'],
    ]);
    const { images } = await readMachO(file);
    expect(images).toMatchObject([
      {
        arch: 'arm64',
        kind: 'executable',
        libraries: [{ name: '/usr/lib/libSystem.B.dylib', weak: false }],
        rpaths: ['@loader_path/../lib', '/opt/lib'],
        signed: true,
      },
    ]);
    expect(images[0]?.segments).toEqual(expect.arrayContaining(['__PAGEZERO', '__TEXT', '__LINKEDIT']));
  });
});

const run = promisify(execFile);

const SYSTEM_TBD = `--- !tapi-tbd
tbd-version: 4
targets: [ arm64-macos ]
install-name: '/usr/lib/libSystem.B.dylib'
exports:
  - targets: [ arm64-macos ]
    symbols: [ dyld_stub_binder ]
...
`;

async function linker(): Promise<true | null> {
  try {
    await run('clang-19', ['--version']);
    await run('ld64.lld-19', ['--version']);
    return true;
  } catch {
    return null;
  }
}
