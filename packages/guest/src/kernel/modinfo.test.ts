import { describe, expect, it } from 'vitest';
import { elfModule } from '../../test/elf.ts';
import { readModuleInfo } from './modinfo.ts';

describe('readModuleInfo', () => {
  it('reads dependencies, soft dependencies and aliases', () => {
    const module = elfModule(
      'alias=virtio:d00000001v*',
      'alias=net-pf-17',
      'depends=virtio_ring,virtio',
      'softdep=pre: crc32c  ccp post: late',
      'softdep=post: later',
      'softdep=pre: alone',
    );
    expect(readModuleInfo(module, 'm')).toEqual({
      depends: ['virtio_ring', 'virtio'],
      softDependsBefore: ['crc32c', 'ccp', 'alone'],
      aliases: ['virtio:d00000001v*', 'net-pf-17'],
    });
  });

  it('reads a module without any', () => {
    expect(readModuleInfo(elfModule('depends='), 'm')).toEqual({ depends: [], softDependsBefore: [], aliases: [] });
  });

  it.each([
    ['text', Buffer.from('#!/bin/sh\n')],
    ['nothing', Buffer.alloc(0)],
    ['a module that is cut off', elfModule('depends=a').subarray(0, 80)],
  ])('refuses %s', (_, bytes) => {
    expect(() => readModuleInfo(bytes, 'm')).toThrow(expect.objectContaining({ code: 'BAD_FORMAT' }));
  });
});
