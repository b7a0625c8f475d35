import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { savedFileProblems, snapshotRefusal } from './snapshot-refusal.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-saved-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('savedFileProblems', () => {
  it.each([
    ['state', null, null],
    ['state', 5, null],
    ['', null, 'is empty'],
    ['state', 6, 'has 5 bytes instead of 6'],
  ])('of a file that holds %j and should have %s bytes', async (content, bytes, message) => {
    const path = join(folder, 'file');
    await writeFile(path, content);
    expect(await savedFileProblems(path, bytes)).toEqual(message === null ? [] : [{ path, message }]);
  });

  it('tells why a file cannot be read', async () => {
    const path = join(folder, 'none');
    expect(await savedFileProblems(path)).toEqual([{ path, message: 'cannot be read (ENOENT)' }]);
  });
});

describe('snapshotRefusal', () => {
  it('names the VM, the snapshot and everything that is wrong', () => {
    const problems = [
      { path: 'a', message: 'is empty' },
      { path: 'b', message: 'differs' },
    ];
    const error = snapshotRefusal('acme', { name: 'web' }, '/s', problems);
    expect(error).toMatchObject({
      code: 'SNAPSHOT_FAILED',
      vm: 'web',
      driver: 'acme',
      details: { directory: '/s', problems },
    });
    for (const words of ['web', "'/s'", 'a: is empty', 'b: differs']) expect(error.message).toContain(words);
  });
});
