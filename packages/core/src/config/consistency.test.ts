import { mkdirSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeHost } from './fixtures/host.ts';

let host: FakeHost;

beforeEach(() => {
  host = new FakeHost();
});

describe('boot modes', () => {
  it.each([
    [{ kernel: undefined }, 'kernel', 'kernel path must not be empty'],
    [{ kernel: '' }, 'kernel', 'kernel path must not be empty'],
  ])('needs a kernel or UEFI: %j', async (changes, path, words) => {
    await host.expectProblem(changes, path, words);
  });

  it('takes UEFI without a kernel, from a disk', async () => {
    const efiVariableStore = host.file('vars.fd', 'vars');
    expect(await host.problemsOf({ kernel: undefined, efiVariableStore, rootDisk: host.disk })).toEqual([]);
    await host.expectProblem({ kernel: undefined, efiVariableStore }, 'efiVariableStore', 'needs rootDisk');
  });

  it('refuses what has no meaning without its counterpart', async () => {
    const uefi = { kernel: undefined, efiVariableStore: host.file('vars.fd', 'vars'), rootDisk: host.disk };
    await host.expectProblem({ ...uefi, initramfs: host.initramfs }, 'initramfs', 'without kernel');
    await host.expectProblem({ ...uefi, cmdline: 'quiet' }, 'cmdline', 'without kernel');
    await host.expectProblem({ seedIso: host.seed }, 'seedIso', 'without rootDisk');
  });

  it('refuses a command line that a kernel would cut or split', async () => {
    await host.expectProblem({ cmdline: 'a\nb' }, 'cmdline', 'line breaks');
    await host.expectProblem({ cmdline: 'a\0b' }, 'cmdline', 'NUL');
    await host.expectProblem({ cmdline: 'a'.repeat(2048) }, 'cmdline', 'at most 2047 bytes');
  });
});

describe('shared directories', () => {
  const share = (tag: string, hostPath = host.share) => ({ hostPath, tag });

  it.each(['', 'a'.repeat(37), 'a b', 'a,b', 'a/b', '..', '-x', '\u00e9'])('refuse the tag %j', async (tag) => {
    expect((await host.problemsOf({ sharedDirs: [share(tag)] })).join()).toMatch(/sharedDirs\[0\].tag: tag must/);
  });

  it('refuse a tag that is taken', async () => {
    await host.expectProblem(
      { sharedDirs: [share('a'), share('b'), share('a')] },
      'sharedDirs[2].tag',
      'is also sharedDirs\\[0\\].tag',
    );
    await host.expectProblem({ sharedDirs: [share('rosetta')], rosetta: true }, 'sharedDirs[0].tag', 'Rosetta share');
    expect(await host.problemsOf({ sharedDirs: [share('rosetta')] })).toEqual([]);
  });

  it('must be directories that exist', async () => {
    await host.expectProblem({ sharedDirs: [share('a', host.kernel)] }, 'sharedDirs[0].hostPath', 'is not a directory');
    await host.expectProblem({ sharedDirs: [share('a', host.path('no'))] }, 'sharedDirs[0].hostPath', 'does not exist');
  });

  it('may be shared twice', async () => {
    expect(await host.problemsOf({ sharedDirs: [share('a'), share('b')] })).toEqual([]);
    mkdirSync(host.path('other'));
    expect(await host.problemsOf({ sharedDirs: [share('a'), share('b', host.path('other'))] })).toEqual([]);
  });
});
