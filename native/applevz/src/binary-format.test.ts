import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BINARY_HEADER_BYTES, readBinaryFormat } from './binary-format.ts';

describe('readBinaryFormat', () => {
  it('knows the program that runs this', () => {
    const header = readFileSync(process.execPath).subarray(0, BINARY_HEADER_BYTES);
    const format = { linux: 'elf', darwin: 'mach-o', win32: 'pe' }[process.platform as string];
    expect(readBinaryFormat(header)).toMatchObject({ format });
    if (format !== 'pe') expect(readBinaryFormat(header).architectures).toContain(process.arch);
  });

  it('knows both processors of a universal binary', () => {
    const header = Buffer.alloc(BINARY_HEADER_BYTES);
    header.writeUInt32BE(0xcafebabe, 0);
    header.writeUInt32BE(2, 4);
    header.writeUInt32BE(0x01000007, 8);
    header.writeUInt32BE(0x0100000c, 28);
    expect(readBinaryFormat(header)).toEqual({ format: 'mach-o', architectures: ['x64', 'arm64'] });
  });

  it('does not guess', () => {
    expect(readBinaryFormat(Buffer.from('MZ and so on, at some length'))).toEqual({ format: 'pe', architectures: [] });
    expect(readBinaryFormat(Buffer.from('#!/bin/sh and so on, at length'))).toMatchObject({ format: 'unknown' });
    expect(readBinaryFormat(Buffer.from('short'))).toMatchObject({ format: 'unknown' });
  });
});
