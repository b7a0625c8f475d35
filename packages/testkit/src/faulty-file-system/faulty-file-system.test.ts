import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FileSystem, systemFileSystem } from '@vmrs/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failingAt, failingWhere, observed, type Step } from './index.ts';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vmrs-steps-'));
});

afterEach(() => rm(dir, { recursive: true }));

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it resolved',
    (error: unknown) => error,
  );

/** Takes each kind of step once, as a caller who goes on whatever happens. Returns the numbers of those that failed, from 1. */
async function takeAll(fileSystem: FileSystem): Promise<readonly number[]> {
  const path = (name: string) => join(dir, name);
  let handle: Awaited<ReturnType<FileSystem['openAppend']>> | undefined;
  const steps: readonly (() => Promise<unknown>)[] = [
    () => fileSystem.makeDirectory(path('folder'), 0o700),
    () => fileSystem.createFile(path('file'), 'content', 0o600),
    () => fileSystem.touch(path('touched'), 0o600),
    () => fileSystem.append(path('appended'), 'text', 0o600),
    async () => {
      handle = await fileSystem.openAppend(path('opened'), 0o600);
    },
    async () => handle?.append(Buffer.from('bytes')),
    async () => handle?.truncate(2),
    () => fileSystem.rename(path('appended'), path('renamed')),
    () => fileSystem.link(path('file'), path('linked')),
    () => fileSystem.symlink('nowhere', path('link')),
    () => fileSystem.unlink(path('link')),
    () => fileSystem.removeDirectory(path('folder')),
    () => fileSystem.removeTree(path('folder')),
    () => fileSystem.syncDirectory(dir),
    () => fileSystem.copyFile(path('file'), path('copied'), { clone: false }),
  ];
  const failed: number[] = [];
  for (const [index, step] of steps.entries()) {
    if ((await failure(step())) !== 'it resolved') failed.push(index + 1);
  }
  await handle?.close();
  return failed;
}

describe('observed', () => {
  it('tells of each step before and after it, and changes nothing', async () => {
    const told: string[] = [];
    const fileSystem = observed(systemFileSystem, {
      before: ({ operation, number }) => void told.push(`${number} ${operation}`),
      after: ({ number }) => void told.push(`${number} done`),
    });
    expect(await takeAll(fileSystem)).toEqual([]);
    const operations = told.filter((line) => !line.endsWith('done')).map((line) => line.split(' ')[1]);
    const methods = Object.keys(systemFileSystem);
    expect(operations).toEqual(expect.arrayContaining([...methods, 'openAppend.append', 'openAppend.truncate']));
    expect(told).toEqual(operations.flatMap((operation, index) => [`${index + 1} ${operation}`, `${index + 1} done`]));
    expect((await readdir(dir)).sort()).toEqual(['copied', 'file', 'linked', 'opened', 'renamed', 'touched']);
    expect(await readFile(join(dir, 'opened'), 'utf8')).toBe('by');
  });

  it('does not take a step whose observer throws, and tells of no end that did not come', async () => {
    const refusal = new Error('no');
    const ended: Step[] = [];
    const refusing = observed(systemFileSystem, {
      before: () => {
        throw refusal;
      },
      after: (step) => void ended.push(step),
    });
    expect(await failure(refusing.touch(join(dir, 'x'), 0o600))).toBe(refusal);
    const missing = observed(systemFileSystem, { after: (step) => void ended.push(step) });
    expect(await failure(missing.unlink(join(dir, 'x')))).toMatchObject({ code: 'ENOENT' });
    expect(ended).toEqual([]);
    expect(await readdir(dir)).toEqual([]);
  });
});

describe('failingAt', () => {
  it('fails exactly the step of that number', async () => {
    expect(await takeAll(failingAt(systemFileSystem, 9, 'EIO'))).toEqual([9]);
    await rm(dir, { recursive: true });
    await systemFileSystem.makeDirectory(dir, 0o700);
    expect(await takeAll(failingAt(systemFileSystem, 14, 'EIO'))).toEqual([14]);
  });

  it.each<[string, string, (fileSystem: FileSystem) => Promise<unknown>]>([
    ['a directory', 'EEXIST', (fileSystem) => fileSystem.makeDirectory(dir, 0o700)],
    ['a file', 'EISDIR', (fileSystem) => fileSystem.touch(dir, 0o600)],
    ['a renaming', 'ENOENT', (fileSystem) => fileSystem.rename(join(dir, 'from'), join(dir, 'to'))],
    ['a link', 'ENOENT', (fileSystem) => fileSystem.link(join(dir, 'from'), join(dir, 'to'))],
  ])('fails as Node.js tells it of %s', async (_, errno, work) => {
    const real = await failure(work(systemFileSystem));
    const made = await failure(work(failingAt(systemFileSystem, 1, errno)));
    if (!(real instanceof Error && made instanceof Error)) throw new Error('one of them did not fail');
    expect({ ...made, message: made.message }).toEqual({ ...real, message: real.message });
  });

  it('leaves nothing of what could not be written, or half', async () => {
    const none = failingAt(systemFileSystem, 1, 'ENOSPC');
    expect(await failure(none.createFile(join(dir, 'none'), 'content', 0o600))).toMatchObject({ code: 'ENOSPC' });
    expect(await readdir(dir)).toEqual([]);
    const half = (number: number) => failingAt(systemFileSystem, number, 'ENOSPC', { halfWritten: true });
    expect(await failure(half(1).createFile(join(dir, 'made'), '12345678', 0o600))).toMatchObject({ code: 'ENOSPC' });
    expect(await failure(half(1).append(join(dir, 'appended'), '12345678', 0o600))).toMatchObject({ code: 'ENOSPC' });
    const handle = await half(2).openAppend(join(dir, 'opened'), 0o600);
    expect(await failure(handle.append(Buffer.from('12345678')))).toMatchObject({ code: 'ENOSPC', syscall: 'write' });
    await handle.close();
    for (const name of await readdir(dir)) expect(await readFile(join(dir, name), 'utf8')).toBe('1234');
    expect(await readdir(dir)).toHaveLength(3);
  });

  it('refuses an error that there is not', () => {
    expect(() => failingAt(systemFileSystem, 1, 'EWHAT')).toThrow(/'EWHAT' is no error of this system/);
  });
});

describe('failingWhere', () => {
  it('fails every step that is picked', async () => {
    const full = failingWhere(systemFileSystem, ({ number }) => number > 4, 'ENOSPC');
    expect(await takeAll(full)).toEqual([5, 8, 9, 10, 11, 12, 13, 14, 15]);
  });
});
