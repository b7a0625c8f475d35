import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PerFile } from './per-file.ts';

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-per-file-'));
  file = join(folder, 'program');
  await writeFile(file, 'one');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('PerFile', () => {
  it('asks once for one file, and again when another one is there', async () => {
    const cache = new PerFile<number>();
    let asked = 0;
    const ask = async (): Promise<number> => ++asked;
    expect(await Promise.all([cache.get(file, ask), cache.get(file, ask)])).toEqual([1, 1]);
    await writeFile(join(folder, 'new'), 'two');
    await rename(join(folder, 'new'), file);
    expect(await cache.get(file, ask)).toBe(2);
  });

  it('keeps no failure', async () => {
    const cache = new PerFile<string>();
    await expect(cache.get(file, () => Promise.reject(new Error('busy')))).rejects.toThrow('busy');
    expect(await cache.get(file, async () => 'fine')).toBe('fine');
  });

  it('lets one caller give up while the others still get the answer', async () => {
    const cache = new PerFile<string>();
    const bound = new AbortController();
    let answer: (text: string) => void = () => undefined;
    const asking = new Promise<string>((resolve) => {
      answer = resolve;
    });
    const first = cache.get(file, () => asking, bound.signal);
    const second = cache.get(file, () => Promise.reject(new Error('not asked again')));
    bound.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    answer('late');
    expect(await second).toBe('late');
  });
});
