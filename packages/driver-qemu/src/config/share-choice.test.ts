import type { Virtiofsd } from '@vmrs/driver-kit';
import { describe, expect, it } from 'vitest';
import { chooseShare } from './share-choice.ts';

const binary = {
  devices: new Set(['vhost-user-fs-pci', 'virtio-9p-pci']),
  memoryBackends: new Set(['memory-backend-memfd']),
};
const daemon: Virtiofsd = {
  path: '/usr/libexec/virtiofsd',
  version: '1.13',
  dialect: 'rust',
  readOnly: { by: 'switch' },
};
const share = { hostPath: '/h', tag: 'h', readOnly: false };
const q35 = { shares: 'auto', machine: 'q35' } as const;

describe('chooseShare', () => {
  it('prefers virtiofs', () => {
    expect(chooseShare(share, q35, binary, { virtiofsd: daemon })).toEqual({ type: 'virtiofs' });
  });

  it('falls back to 9p without the daemon, without its device, and for a read-only share that it could write to', () => {
    expect(chooseShare(share, q35, binary, { virtiofsd: 'virtiofsd is not installed' })).toEqual({ type: '9p' });
    const devices = new Set(['virtio-9p-pci']);
    expect(chooseShare(share, q35, { ...binary, devices }, { virtiofsd: daemon })).toEqual({ type: '9p' });
    const writing = { ...daemon, readOnly: null };
    expect(chooseShare({ ...share, readOnly: true }, q35, binary, { virtiofsd: writing })).toEqual({ type: '9p' });
    expect(chooseShare(share, q35, binary, { virtiofsd: writing })).toEqual({ type: 'virtiofs' });
  });

  it('says every reason when there is no way', () => {
    const long = { ...share, tag: 'x'.repeat(32) };
    expect(chooseShare(long, q35, binary, { virtiofsd: 'virtiofsd is not installed' })).toEqual({
      type: 'none',
      reasons: ['virtiofs: virtiofsd is not installed', '9p: the tag is longer than 31 bytes'],
    });
    const only = { shares: 'virtiofs', machine: 'q35' } as const;
    const writing = { ...daemon, readOnly: null };
    expect(chooseShare({ ...share, readOnly: true }, only, binary, { virtiofsd: writing })).toEqual({
      type: 'none',
      reasons: ["virtiofs: '/usr/libexec/virtiofsd' cannot be kept from writing"],
    });
  });
});
