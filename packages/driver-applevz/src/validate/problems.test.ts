import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bootSpec } from '../../test/spec.ts';
import { resolveVmOptions } from '../vm-options.ts';
import { bootProblems } from './boot-problems.ts';
import { diskProblems } from './disk-problems.ts';
import { limitProblems } from './limit-problems.ts';
import { machineIdProblems } from './machine-id-problems.ts';
import { optionProblems } from './option-problems.ts';
import { shareProblems } from './share-problems.ts';

const MIB = 1024 * 1024;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-vz-problems-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: Buffer): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

function withMagic(magic: string, at: number): Buffer {
  const bytes = Buffer.alloc(1024);
  bytes.write(magic, at, 'latin1');
  return bytes;
}

describe('bootProblems', () => {
  const images = {
    'arm64 Image': withMagic('ARM\x64', 56),
    bzImage: withMagic('HdrS', 0x202),
    'gzip of an arm64 Image': withMagic('\x1f\x8b', 0),
    'EFI zboot image': withMagic('MZ\0\0zimg', 0),
    'ELF vmlinux': withMagic('\x7fELF\x02\x01', 0),
  };

  it.each([
    ['arm64 Image', 'arm64', true],
    ['bzImage', 'arm64', false],
    ['gzip of an arm64 Image', 'arm64', false],
    ['EFI zboot image', 'arm64', false],
    ['ELF vmlinux', 'arm64', false],
    ['bzImage', 'x64', true],
    ['arm64 Image', 'x64', false],
    ['ELF vmlinux', 'x64', false],
  ] as const)('%s on %s: %s', async (name, arch, boots) => {
    const kernel = await file('kernel', images[name]);
    const problems = await bootProblems({ kernel, efiVariableStore: null }, { arch, efi: true });
    expect(problems.map(({ path }) => path)).toEqual(boots ? [] : ['kernel']);
  });

  it('says that a compressed kernel is to be decompressed', async () => {
    const kernel = await file('kernel', images['gzip of an arm64 Image']);
    const [problem] = await bootProblems({ kernel, efiVariableStore: null }, { arch: 'arm64', efi: true });
    expect(problem?.fix).toMatch(/decompress it: give an uncompressed arm64 Image/);
  });

  it('needs something to boot, and not two things', async () => {
    const facts = { arch: 'arm64', efi: true } as const;
    expect(await bootProblems({ kernel: null, efiVariableStore: null }, facts)).toMatchObject([{ path: 'kernel' }]);
    const kernel = await file('kernel', images['arm64 Image']);
    expect(await bootProblems({ kernel, efiVariableStore: '/v' }, facts)).toMatchObject([{ path: 'efiVariableStore' }]);
  });

  it('takes UEFI where macOS has it', async () => {
    const spec = { kernel: null, efiVariableStore: '/v' };
    expect(await bootProblems(spec, { arch: 'x64', efi: true })).toEqual([]);
    expect(await bootProblems(spec, { arch: 'x64', efi: false })).toMatchObject([{ path: 'efiVariableStore' }]);
  });
});

describe('diskProblems', () => {
  it('takes raw images of whole sectors', async () => {
    expect(await diskProblems(bootSpec({ rootDisk: await file('raw', Buffer.alloc(1024)) }))).toEqual([]);
  });

  it.each([
    ['half a sector too much', Buffer.alloc(1280), /1280 bytes/, /truncate -s 1536/],
    ['qcow2', Buffer.concat([Buffer.from('QFI\xfb', 'latin1'), Buffer.alloc(1020)]), /qcow2/, /-O raw/],
    ['VMDK', withMagic('KDMV', 0), /VMDK/, /-O raw/],
  ] as const)('refuses %s and says what to do', async (_, content, message, fix) => {
    const [problem, ...others] = await diskProblems(bootSpec({ dataDisk: await file('bad', content) }));
    expect(others).toEqual([]);
    expect(problem).toEqual({
      path: 'dataDisk',
      message: expect.stringMatching(message),
      fix: expect.stringMatching(fix),
    });
  });
});

describe('limitProblems', () => {
  const facts = { minCpus: 1, maxCpus: 8, minMemoryBytes: 4 * MIB, maxMemoryBytes: 4096 * MIB };

  it.each([
    [1, 4, []],
    [8, 4096, []],
    [9, 4097, ['cpus', 'memoryMb']],
    [1, 3, ['memoryMb']],
  ])('%s CPUs and %s MiB', (cpus, memoryMb, paths) => {
    expect(limitProblems({ cpus, memoryMb }, facts).map(({ path }) => path)).toEqual(paths);
  });
});

describe('machineIdProblems', () => {
  it.each([
    [null, true, false],
    ['AAAA', true, false],
    ['AAAA', false, true],
    ['AAA', true, true],
    ['', true, true],
    ['0f0f0f0f-1111-2222-3333-444455556666', true, true],
  ])('%j where macOS has identifiers: %s', (machineId, efi, refused) => {
    expect(machineIdProblems({ machineId }, { efi }).length > 0).toBe(refused);
  });
});

describe('optionProblems', () => {
  const able = { nestedVirtualization: true, mayBridge: true, vmnet: true };
  const unable = { nestedVirtualization: false, mayBridge: false, vmnet: false };
  const nat = { networks: [{ type: 'nat', mac: null, ports: [] }] } as const;

  it.each([
    [{ nestedVirtualization: true }, 'driverOptions.nestedVirtualization'],
    [{ uplink: { bridge: 'en0' } }, 'driverOptions.uplink'],
    [{ uplink: 'vmnet-shared' }, 'driverOptions.uplink'],
    [{ uplink: 'vmnet-host' }, 'driverOptions.uplink'],
  ] as const)('%j needs a Mac that has it', (options, path) => {
    expect(optionProblems(nat, resolveVmOptions(options), able)).toEqual([]);
    expect(optionProblems(nat, resolveVmOptions(options), unable)).toMatchObject([{ path }]);
  });

  it('does not mind the uplink of a VM without NAT networks', () => {
    expect(optionProblems({ networks: [] }, resolveVmOptions({ uplink: 'vmnet-host' }), unable)).toEqual([]);
  });
});

describe('shareProblems', () => {
  it('refuses tags that the framework refuses', () => {
    const share = (tag: string) => ({ hostPath: '/s', tag, readOnly: false });
    const sharedDirs = [share('x'.repeat(35)), share('x'.repeat(36)), share('é'.repeat(18))];
    const problems = shareProblems({ sharedDirs, rosetta: false }, { rosetta: 'unsupported' });
    expect(problems.map(({ path }) => path)).toEqual(['sharedDirs[1].tag', 'sharedDirs[2].tag']);
  });

  it.each([
    ['installed', null],
    ['not-installed', /not installed/],
    ['unsupported', /Apple silicon/],
  ] as const)('asks for Rosetta that is %s', (rosetta, message) => {
    const problems = shareProblems({ sharedDirs: [], rosetta: true }, { rosetta });
    if (message === null) expect(problems).toEqual([]);
    else expect(problems).toMatchObject([{ path: 'rosetta', message: expect.stringMatching(message) }]);
  });
});
