import { type FileHandle, open } from 'node:fs/promises';
import { byteView } from './byte-view.ts';
import { readLoadCommands } from './load-commands.ts';
import { MachOError } from './mach-o-error.ts';
import type { MachOFile, MachOImage } from './mach-o-file.ts';

// Numbers and layouts of Apple's `mach-o/loader.h`, `mach-o/fat.h` and `mach/machine.h`.

const MAGIC_32 = 0xfeed_face;
const MAGIC_64 = 0xfeed_facf;
const FAT_MAGIC = 0xcafe_babe;
const FAT_MAGIC_64 = 0xcafe_babf;

const HEADER_BYTES_32 = 28;
const HEADER_BYTES_64 = 32;
const FAT_HEADER_BYTES = 8;
const FAT_ARCH_BYTES = 20;
const FAT_ARCH_BYTES_64 = 32;

/** Class files of Java begin like universal files; what they have for a count is their version, which began at 45. */
const MOST_IMAGES = 44;
/** Real executables have some ten KiB. */
const MOST_COMMAND_BYTES = 4 * 1024 * 1024;

const CPU_NAMES: Readonly<Record<number, string>> = {
  7: 'ia32',
  [0x0100_0007]: 'x64',
  12: 'arm',
  [0x0100_000c]: 'arm64',
};

const KIND_NAMES: Readonly<Record<number, MachOImage['kind']>> = { 2: 'executable', 6: 'dylib', 8: 'bundle' };

/** Where an image lies in a file. */
interface Slice {
  readonly offset: number;
  readonly size: number;
}

/**
 * Reads what the load commands of an executable or a library say, of each architecture in it. Reads headers only, and no more than a few MiB of a hostile file. Throws
 * {@link MachOError}, or the system's error when the file cannot be read.
 */
export async function readMachO(file: string): Promise<MachOFile> {
  const handle = await open(file, 'r');
  try {
    const info = await handle.stat();
    if (!info.isFile()) throw new MachOError(file, 'other', 'is not a file');
    return await readFrom(new BoundedFile(file, handle, info.size));
  } finally {
    await handle.close();
  }
}

/** A file, read at positions that something in it claims. */
class BoundedFile {
  readonly path: string;
  readonly size: number;
  readonly #handle: FileHandle;

  constructor(path: string, handle: FileHandle, size: number) {
    this.path = path;
    this.#handle = handle;
    this.size = size;
  }

  /** Exactly `length` bytes at `position`, which must lie in `slice`. */
  async read(position: number, length: number, slice: Slice): Promise<Buffer> {
    if (position < slice.offset || position + length > slice.offset + slice.size) throw this.damaged('is cut off');
    const bytes = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#handle.read(bytes, done, length - done, position + done);
      if (bytesRead === 0) throw this.damaged('became shorter while it was read');
      done += bytesRead;
    }
    return bytes;
  }

  damaged(detail: string): MachOError {
    return new MachOError(this.path, 'damaged', detail);
  }

  other(): MachOError {
    return new MachOError(this.path, 'other', 'is not a Mach-O file');
  }
}

async function readFrom(file: BoundedFile): Promise<MachOFile> {
  const whole: Slice = { offset: 0, size: file.size };
  if (file.size < FAT_HEADER_BYTES) throw file.other();
  const start = byteView(await file.read(0, FAT_HEADER_BYTES, whole), false);
  const magic = start.u32(0);
  if (magic !== FAT_MAGIC && magic !== FAT_MAGIC_64)
    return { universal: false, images: [await readImage(file, whole)] };
  const count = start.u32(4);
  if (count === 0 || count > MOST_IMAGES) throw file.other();
  const images: MachOImage[] = [];
  for (const slice of await readSlices(file, count, magic === FAT_MAGIC_64)) images.push(await readImage(file, slice));
  return { universal: true, images };
}

/** The table of a universal file, which is big endian always. */
async function readSlices(file: BoundedFile, count: number, wide: boolean): Promise<readonly Slice[]> {
  const entryBytes = wide ? FAT_ARCH_BYTES_64 : FAT_ARCH_BYTES;
  const table = byteView(await file.read(FAT_HEADER_BYTES, count * entryBytes, { offset: 0, size: file.size }), false);
  return Array.from({ length: count }, (_, index): Slice => {
    const at = index * entryBytes + 8;
    const offset = wide ? Number(table.u64(at)) : table.u32(at);
    const size = wide ? Number(table.u64(at + 8)) : table.u32(at + 4);
    if (offset + size > file.size) throw file.damaged(`is cut off in its architecture number ${index}`);
    return { offset, size };
  });
}

async function readImage(file: BoundedFile, slice: Slice): Promise<MachOImage> {
  if (slice.size < HEADER_BYTES_32) throw file.other();
  const header = await file.read(slice.offset, HEADER_BYTES_32, slice);
  const form = imageForm(header);
  if (form === null) throw file.other();
  const view = byteView(header, form.littleEndian);
  const [cpu, kind, count, commandBytes] = [view.u32(4), view.u32(12), view.u32(16), view.u32(20)];
  if (commandBytes > MOST_COMMAND_BYTES) throw file.damaged(`claims to have ${commandBytes} bytes of load commands`);
  const commands = await file.read(slice.offset + form.headerBytes, commandBytes, slice);
  const read = readLoadCommands(byteView(commands, form.littleEndian), count, (detail) => file.damaged(detail));
  return { arch: CPU_NAMES[cpu] ?? `cpu ${cpu}`, kind: KIND_NAMES[kind] ?? `type ${kind}`, ...read };
}

function imageForm(header: Buffer): { readonly littleEndian: boolean; readonly headerBytes: number } | null {
  for (const littleEndian of [true, false]) {
    const magic = byteView(header, littleEndian).u32(0);
    if (magic === MAGIC_64) return { littleEndian, headerBytes: HEADER_BYTES_64 };
    if (magic === MAGIC_32) return { littleEndian, headerBytes: HEADER_BYTES_32 };
  }
  return null;
}
