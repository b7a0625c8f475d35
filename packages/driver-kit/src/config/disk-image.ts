import type { FileHandle } from 'node:fs/promises';
import { openFile } from '@vmrs/core/driver';

/** What the header of a disk image says. */
export interface DiskImage {
  /** Formats this driver attaches; `other` is a known image format that it does not. */
  readonly format: 'raw' | 'qcow2' | 'other';
  /** Name of a format that is not attached. */
  readonly formatName?: string;
  /** File that a qcow2 image takes further content from (its backing file or external data file). */
  readonly backing: string | null;
  /** Whether a raw image holds a file system directly, without a partition table. Null when that cannot be seen. */
  readonly wholeDisk: boolean | null;
  /** Whether it is a block device. */
  readonly blockDevice: boolean;
}

/** Where the last of the signatures looked for lies (that of btrfs), and its length. */
const HEAD_BYTES = 0x10040 + 8;

/** Magic numbers of formats that QEMU knows and this driver does not attach. */
const OTHER_FORMATS: readonly (readonly [magic: string, offset: number, name: string])[] = [
  ['KDMV', 0, 'VMDK'],
  ['# Disk DescriptorFile', 0, 'VMDK'],
  ['vhdxfile', 0, 'VHDX'],
  ['conectix', 0, 'VHD'],
  ['<<< ', 0, 'VDI'],
  ['QED\0', 0, 'QED'],
];

/** Signatures of file systems that fill a disk. */
const FILE_SYSTEMS: readonly (readonly [magic: string, offset: number])[] = [
  ['\x53\xef', 0x438],
  ['XFSB', 0],
  ['_BHRfS_M', 0x10040],
];

/** Incompatible feature bit of qcow2: the data lies in an external file. */
const EXTERNAL_DATA_FILE = 0b100;

/**
 * Reads the header of a disk image. QEMU is then told the format: left to guess, it would follow whatever a guest has
 * written to the first sector of its raw disk. Throws the system's error when the file cannot be read.
 */
export async function readDiskImage(path: string): Promise<DiskImage> {
  await using handle = await openFile(path, 'r');
  const blockDevice = (await handle.stat()).isBlockDevice();
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(HEAD_BYTES), position: 0 });
  const head = buffer.subarray(0, bytesRead);
  const has = (magic: string, offset: number): boolean =>
    head.toString('latin1', offset, offset + magic.length) === magic;
  if (has('QFI\xfb', 0))
    return { format: 'qcow2', backing: await qcow2Backing(handle, head), wholeDisk: null, blockDevice };
  const other = OTHER_FORMATS.find(([magic, offset]) => has(magic, offset));
  if (other !== undefined)
    return { format: 'other', formatName: other[2], backing: null, wholeDisk: null, blockDevice };
  const wholeDisk = FILE_SYSTEMS.some(([magic, offset]) => has(magic, offset));
  return { format: 'raw', backing: null, wholeDisk, blockDevice };
}

/** See QEMU's `docs/interop/qcow2.txt`. */
async function qcow2Backing(handle: FileHandle, head: Buffer): Promise<string | null> {
  if (head.length < 80) return null;
  const version = head.readUInt32BE(4);
  const nameOffset = Number(head.readBigUInt64BE(8));
  const nameBytes = head.readUInt32BE(16);
  if (nameOffset !== 0 && nameBytes > 0 && nameBytes <= 1023) {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(nameBytes), position: nameOffset });
    return buffer.toString('utf8', 0, bytesRead);
  }
  if (version >= 3 && (head.readUInt32BE(76) & EXTERNAL_DATA_FILE) !== 0) return '(external data file)';
  return null;
}
