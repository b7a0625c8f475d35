import { describe, expect, it } from 'vitest';
import { fromManifest, type SnapshotData, toManifest } from './snapshot-data.ts';

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
