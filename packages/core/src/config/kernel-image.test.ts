import { describe, expect, it } from 'vitest';
import { KERNEL_HEADER_BYTES, looksLikeKernel } from './kernel-image.ts';

function header(offset: number, magic: string): Uint8Array {
  const bytes = Buffer.alloc(KERNEL_HEADER_BYTES);
  bytes.write(magic, offset, 'latin1');
  return bytes;
}

describe('looksLikeKernel', () => {
  it.each([
    ['bzImage', 0x202, 'HdrS'],
    ['arm64 Image', 0x38, 'ARM\x64'],
    ['riscv Image', 0x38, 'RSC\x05'],
    ['ELF', 0, '\x7fELF'],
    ['gzip', 0, '\x1f\x8b\x08'],
    ['EFI', 0, 'MZ'],
  ])('takes a kernel of the form %s', (_, offset, magic) => {
    expect(looksLikeKernel(header(offset, magic))).toBe(true);
  });

  it.each([
    ['text', Buffer.from('#!/bin/sh\necho kernel\n'.repeat(100))],
    ['zeroes', Buffer.alloc(KERNEL_HEADER_BYTES)],
    ['nothing', Buffer.alloc(0)],
    ['half a magic number', Buffer.from('\x7fE')],
    ['an initramfs', Buffer.from('070701')],
    ['a qcow2 disk', Buffer.from('QFI\xfb', 'latin1')],
  ])('does not take %s', (_, bytes) => {
    expect(looksLikeKernel(bytes)).toBe(false);
  });
});
