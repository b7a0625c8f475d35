import type { FileHandle } from 'node:fs/promises';
import { openFile } from '@vmrs/core/driver';

/**
 * What a kernel file is, as far as hypervisors' loaders tell things apart:
 * - `bzimage`: x86, self-decompressing
 * - `elf-pvh`: uncompressed x86 `vmlinux` with the note that lets it be entered directly (PVH), without a decompressor
 * - `elf`: any other ELF file
 * - `arm64-image`: arm64 `Image`
 * - `arm64-compressed`: the same, compressed with gzip or as an EFI zboot image
 */
export type KernelImage = 'bzimage' | 'elf-pvh' | 'elf' | 'arm64-image' | 'arm64-compressed' | 'unknown';

const ELF_MAGIC = 0x7f454c46;
const PT_NOTE = 4;
/** `XEN_ELFNOTE_PHYS32_ENTRY` in Linux' `include/xen/interface/elfnote.h`. */
const PVH_ENTRY_NOTE = 18;
const HEAD_BYTES = 4096;
/** Far more than any kernel has in notes. */
const MAX_NOTE_BYTES = 1024 * 1024;

/**
 * Reads what is needed of a kernel file to tell what it is, to loaders of the architecture `arch` (as Node.js names it): they look for nothing but their own magic number. Throws the
 * system's error when it cannot be read.
 */
export async function readKernelImage(path: string, arch: string = process.arch): Promise<KernelImage> {
  await using handle = await openFile(path, 'r');
  const head = await readAt(handle, 0, HEAD_BYTES);
  if (arch === 'arm64' && isArm64Image(head)) return 'arm64-image';
  if (head.length >= 0x206 && head.toString('latin1', 0x202, 0x206) === 'HdrS') return 'bzimage';
  if (isArm64Image(head)) return 'arm64-image';
  if (head.length >= 8 && head.toString('latin1', 0, 2) === 'MZ' && head.toString('latin1', 4, 8) === 'zimg')
    return 'arm64-compressed';
  if (head.length >= 2 && head.readUInt16BE(0) === 0x1f8b) return 'arm64-compressed';
  if (head.length < 64 || head.readUInt32BE(0) !== ELF_MAGIC) return 'unknown';
  for (const segment of noteSegments(head)) {
    const notes = await readAt(handle, segment.offset, Math.min(segment.size, MAX_NOTE_BYTES));
    if (hasPvhNote(notes)) return 'elf-pvh';
  }
  return 'elf';
}

function isArm64Image(head: Buffer): boolean {
  return head.length >= 64 && head.toString('latin1', 56, 60) === 'ARM\x64';
}

interface Segment {
  readonly offset: number;
  readonly size: number;
}

function noteSegments(head: Buffer): readonly Segment[] {
  // 64-bit, little-endian: the only kind of kernel that this driver boots.
  if (head[4] !== 2 || head[5] !== 1) return [];
  const table = Number(head.readBigUInt64LE(0x20));
  const entrySize = head.readUInt16LE(0x36);
  const segments: Segment[] = [];
  for (let index = 0; index < head.readUInt16LE(0x38); index += 1) {
    const at = table + index * entrySize;
    if (at + 0x38 > head.length) break;
    if (head.readUInt32LE(at) !== PT_NOTE) continue;
    segments.push({ offset: Number(head.readBigUInt64LE(at + 0x08)), size: Number(head.readBigUInt64LE(at + 0x20)) });
  }
  return segments;
}

function hasPvhNote(notes: Buffer): boolean {
  const aligned = (bytes: number): number => (bytes + 3) & ~3;
  for (let at = 0; at + 12 <= notes.length; ) {
    const nameBytes = notes.readUInt32LE(at);
    const contentBytes = notes.readUInt32LE(at + 4);
    const type = notes.readUInt32LE(at + 8);
    if (type === PVH_ENTRY_NOTE && notes.toString('latin1', at + 12, at + 12 + nameBytes) === 'Xen\0') return true;
    at += 12 + aligned(nameBytes) + aligned(contentBytes);
  }
  return false;
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(length), position });
  return buffer.subarray(0, bytesRead);
}
