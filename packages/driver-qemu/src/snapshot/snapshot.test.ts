import { describe, expect, it } from 'vitest';
import { filledRanges } from './copy-memory.ts';
import { fromManifest, type SnapshotData, toManifest } from './snapshot-data.ts';

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

describe('the manifest', () => {
  const data: SnapshotData = {
    format: 1,
    mode: 'mapped',
    qemu: '7.2.22',
    hardware: 'abc',
    macs: ['52:54:00:00:00:01'],
  };

  it('survives JSON', () => {
    expect(fromManifest(JSON.parse(JSON.stringify(toManifest(data))))).toEqual(data);
  });

  it.each([{}, { ...data, format: 2 }, { ...data, mode: 'other' }, { ...data, qemu: 7 }, { ...data, macs: null }])(
    'refuses %j',
    (value) => {
      expect(fromManifest(value as never)).toBeNull();
    },
  );
});
