import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copySparse, filledRanges } from './copy-sparse.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-sparse-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('filledRanges', () => {
  const zeros = Buffer.alloc(16);
  const filled = (size: number, ...at: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(size);
    for (const index of at) bytes[index] = 1;
    return bytes;
  };

  it('finds what is not zero, in whole blocks, neighbours together', () => {
    expect(filledRanges(filled(64), zeros)).toEqual([]);
    expect(filledRanges(filled(64, 0), zeros)).toEqual([{ start: 0, end: 16 }]);
    expect(filledRanges(filled(64, 15, 16, 63), zeros)).toEqual([
      { start: 0, end: 32 },
      { start: 48, end: 64 },
    ]);
    expect(filledRanges(filled(20, 19), zeros)).toEqual([{ start: 16, end: 20 }]);
  });
});

describe('copySparse', () => {
  it('copies every byte, and leaves out what is zero', async () => {
    const content = Buffer.alloc(9 * 1024 * 1024);
    content.write('begin', 0);
    content.write('middle', 5_000_000);
    content.write('end', content.length - 3);
    await writeFile(join(folder, 'source'), content);
    await using source = await open(join(folder, 'source'), 'r');
    await using target = await open(join(folder, 'target'), 'wx');
    const told: number[] = [];
    const written = await copySparse(source, target, content.length, { onProgress: (bytes) => told.push(bytes) });
    expect(written).toBeLessThan(1024 * 1024);
    expect((await readFile(join(folder, 'target'))).equals(content)).toBe(true);
    expect((await stat(join(folder, 'target'))).blocks * 512).toBeLessThan(2 * 1024 * 1024);
    expect(told).toEqual([4 * 1024 * 1024, 8 * 1024 * 1024, content.length]);
  });

  it('is given up with its signal, and fails for a source that is shorter', async () => {
    await writeFile(join(folder, 'source'), 'short');
    await using source = await open(join(folder, 'source'), 'r');
    await using target = await open(join(folder, 'target'), 'wx');
    const aborted = AbortSignal.abort(new Error('enough'));
    await expect(copySparse(source, target, 5, { signal: aborted })).rejects.toThrow('enough');
    await expect(copySparse(source, target, 50)).rejects.toThrow('it ends at 5 of 50 bytes');
  });
});
