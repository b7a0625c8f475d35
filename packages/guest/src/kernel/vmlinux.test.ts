import { execFileSync } from 'node:child_process';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { bzImage, elfKernel, withSize } from '../../test/elf.ts';
import { hostProgram, skipNote } from '../../test/host-program.ts';
import { decompressLz4Legacy } from './lz4-legacy.ts';
import { extractVmlinux } from './vmlinux.ts';

/** Made by `lz4 -l -9`. */
const LZ4_SAMPLE = 'AiFMGCUAAAD/BlRoZSBxdWljayBicm93biBmb3guIBUAFx9hAQAtUGFhYWFh';
const SAMPLE = `${'The quick brown fox. '.repeat(3)}${'a'.repeat(70)}`;

const lz4 = hostProgram('lz4');
const xz = hostProgram('xz');

describe('decompressLz4Legacy', () => {
  it('unpacks what the lz4 program packed, overlapping matches included', () => {
    expect(decompressLz4Legacy(Buffer.from(LZ4_SAMPLE, 'base64'), SAMPLE.length).toString()).toBe(SAMPLE);
  });

  it('refuses data that are cut off, damaged or of another size', () => {
    const packed = Buffer.from(LZ4_SAMPLE, 'base64');
    expect(() => decompressLz4Legacy(packed.subarray(0, -4), SAMPLE.length)).toThrow(RangeError);
    expect(() => decompressLz4Legacy(packed, SAMPLE.length + 1)).toThrow('instead of');
    expect(() => decompressLz4Legacy(packed, SAMPLE.length - 1)).toThrow(RangeError);
    const damaged = Buffer.from(packed);
    damaged.writeUInt16LE(0xffff, 31); // a match from before the beginning
    expect(() => decompressLz4Legacy(damaged, SAMPLE.length)).toThrow(RangeError);
  });
});

describe('extractVmlinux', () => {
  const kernel = elfKernel();
  const forms: [name: string, skip: string, payload: () => Buffer][] = [
    ['gzip', '', () => gzipSync(kernel)],
    ['zstd', '', () => withSize(zstdCompressSync(kernel), kernel.length)],
    [
      'lz4',
      skipNote(lz4, 'lz4'),
      () => withSize(execFileSync(lz4 ?? '', ['-l', '-c'], { input: kernel }), kernel.length),
    ],
    ['xz', skipNote(xz, 'xz'), () => withSize(execFileSync(xz ?? '', ['-c'], { input: kernel }), kernel.length)],
  ];

  for (const [name, skip, payload] of forms) {
    it.skipIf(skip !== '')(`unpacks ${name}${skip}`, async () => {
      const { image, pvh } = await extractVmlinux(bzImage(payload()));
      expect(image.equals(kernel)).toBe(true);
      expect(pvh).toBe(true);
    });
  }

  it('says when there is no PVH entry', async () => {
    expect((await extractVmlinux(bzImage(gzipSync(elfKernel(6))))).pvh).toBe(false);
  });

  it.each([
    ['a text file', Buffer.from('not a kernel\n'.repeat(100)), 'BAD_FORMAT'],
    ['an image that is cut off', bzImage(gzipSync(kernel)).subarray(0, -50), 'BAD_FORMAT'],
    ['damaged data', bzImage(Buffer.concat([gzipSync(kernel).subarray(0, 40), Buffer.alloc(40)])), 'BAD_FORMAT'],
    ['a payload that is no kernel', bzImage(gzipSync('text')), 'BAD_FORMAT'],
    ['lzma', bzImage(Buffer.concat([Buffer.from([0x5d, 0, 0, 0, 1]), Buffer.alloc(64)])), 'UNSUPPORTED'],
  ])('refuses %s', async (_, image, code) => {
    await expect(extractVmlinux(image)).rejects.toMatchObject({ code });
  });
});
