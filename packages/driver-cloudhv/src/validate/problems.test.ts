import type { Virtiofsd } from '@vmrs/driver-kit';
import { describe, expect, it } from 'vitest';
import { featuresOf } from '../host/features.ts';
import { type CloudHvVmOptions, resolveVmOptions } from '../vm-options.ts';
import { optionProblems } from './option-problems.ts';
import { shareProblems } from './share-problems.ts';

const daemon: Virtiofsd = { path: '/d', version: '1.13', dialect: 'rust', readOnly: { by: 'switch' } };
const dir = { hostPath: '/srv', tag: 'srv', readOnly: false };

describe('shareProblems', () => {
  const problems = (...args: Parameters<typeof shareProblems>): readonly string[] =>
    shareProblems(...args).map(({ path, message }) => `${path}: ${message}`);

  it('has nothing against what can be served', () => {
    expect(
      problems({ sharedDirs: [dir, { ...dir, tag: 'x', readOnly: true }] }, { sharedMemory: null }, daemon),
    ).toEqual([]);
  });

  it('never lets a daemon serve a read-only directory that it could write to', () => {
    const unable = { ...daemon, readOnly: null };
    expect(problems({ sharedDirs: [{ ...dir, readOnly: true }] }, { sharedMemory: null }, unable)).toEqual([
      "sharedDirs[0]: '/srv' cannot be shared read-only here: '/d' cannot be kept from writing",
    ]);
    expect(problems({ sharedDirs: [dir] }, { sharedMemory: null }, unable)).toEqual([]);
  });

  it('names each directory without a daemon, tags that are too long, and private memory', () => {
    const sharedDirs = [dir, { ...dir, tag: 'é'.repeat(20) }];
    expect(problems({ sharedDirs }, { sharedMemory: false }, 'virtiofsd is not installed')).toEqual([
      'driverOptions.sharedMemory: must not be false with shared directories: their daemons map the memory of the guest',
      "sharedDirs[0]: '/srv' cannot be shared here: virtiofsd is not installed",
      'sharedDirs[1].tag: must be at most 36 bytes long',
      "sharedDirs[1]: '/srv' cannot be shared here: virtiofsd is not installed",
    ]);
  });
});

describe('optionProblems', () => {
  const problemsOf = async (given: CloudHvVmOptions, major = 53): Promise<readonly string[]> => {
    const spec = { cpus: 2, memoryMb: 512 };
    const helpers = { unshare: { path: '/usr/bin/unshare' } };
    const found = await optionProblems(
      spec,
      resolveVmOptions(given),
      featuresOf({ major, minor: 0, text: '' }),
      helpers,
    );
    return found.map(({ path }) => path);
  };
  const topology = { threadsPerCore: 1, coresPerDie: 2, diesPerPackage: 1, packages: 1 };

  it.each([
    [{}, []],
    [{ maxCpus: 1 }, ['maxCpus']],
    [{ maxCpus: 4, cpuTopology: topology }, ['cpuTopology']],
    [{ maxCpus: 2, cpuTopology: topology }, []],
    [{ cpuAffinity: [{ cpu: 2, hostCpus: [0] }] }, ['cpuAffinity.0.cpu']],
    [{ maxMemoryMb: 512 }, ['maxMemoryMb']],
    [{ maxMemoryMb: 600 }, ['maxMemoryMb']],
    [{ maxMemoryMb: 600, memoryHotplug: 'virtio-mem' }, []],
    [{ maxMemoryMb: 640 }, []],
    [{ mergeable: true, sharedMemory: true }, ['mergeable']],
    [{ balloon: { sizeMb: 512 } }, ['balloon.sizeMb']],
  ] as const)('of %j', async (given, paths) => {
    expect(await problemsOf(given)).toEqual(paths.map((path) => `driverOptions.${path}`));
  });

  it('counts the huge pages that are free', async () => {
    const spec = { cpus: 1, memoryMb: 1_000_000_000 };
    const helpers = { unshare: { path: '/usr/bin/unshare' } };
    const [problem] = await optionProblems(spec, resolveVmOptions({ hugepages: true }), null, helpers);
    expect(problem).toMatchObject({ path: 'driverOptions.hugepages' });
    expect(problem?.message).toMatch(/huge pages of .* (are needed, and \d+ are free|any size)/);
  });

  it('knows which version has seccomp errno', async () => {
    expect(await problemsOf({ seccomp: 'errno' }, 52)).toEqual(['driverOptions.seccomp']);
    expect(await problemsOf({ seccomp: 'errno' }, 53)).toEqual([]);
  });

  it.skipIf(process.getuid?.() !== 0)('wants a mount point that is a directory (needs root)', async () => {
    expect(await problemsOf({ privateMounts: true, privateMountPoint: '/proc/version' })).toEqual([
      'driverOptions.privateMountPoint',
    ]);
  });
});
