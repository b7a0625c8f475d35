import { GuestError } from '../errors/guest-error.ts';
import { compressionOf, decompress } from '../util/compression.ts';
import { kernelKind } from './kernel-kind.ts';
import { decompressLz4Legacy } from './lz4-legacy.ts';

const LZ4_MAGIC = 0x184c2102;
const SECTOR = 512;
/** The boot protocol tells where the payload is since this version (Linux 2.6.26). */
const PROTOCOL_WITH_PAYLOAD = 0x208;

const ELF_MACHINE_X86_64 = 62;
const PT_NOTE = 4;
/** `XEN_ELFNOTE_PHYS32_ENTRY`: the address at which a hypervisor may enter the kernel in 32-bit mode (PVH). */
const PVH_ENTRY_NOTE = 18;
const SIZE_LIMIT = 512 * 1024 * 1024;

/** An uncompressed kernel. */
export interface Vmlinux {
  readonly image: Buffer;
  /**
   * Whether it has a PVH entry note, so that QEMU, Cloud Hypervisor and others can enter it directly: no firmware and
   * no decompression inside the guest.
   */
  readonly pvh: boolean;
}

/**
 * Takes the uncompressed ELF kernel out of an x86 bzImage (LZ4, gzip, xz, zstd).
 *
 * @throws `BAD_FORMAT` when the image is no bzImage, is damaged or holds no 64-bit x86 ELF; `UNSUPPORTED` for another
 *   compression (lzo, lzma, bzip2)
 */
export async function extractVmlinux(bzImage: Buffer): Promise<Vmlinux> {
  if (kernelKind(bzImage) !== 'bzimage') throw badKernel('it is not an x86 bzImage');
  if (bzImage.readUInt16LE(0x206) < PROTOCOL_WITH_PAYLOAD) throw badKernel('its boot protocol is older than 2.08');
  const setupSectors = bzImage.readUInt8(0x1f1) || 4;
  const offset = (setupSectors + 1) * SECTOR + bzImage.readUInt32LE(0x248);
  const length = bzImage.readUInt32LE(0x24c);
  if (length < 8 || offset + length > bzImage.length) throw badKernel('its compressed part is cut off');
  const image = await decompressPayload(bzImage.subarray(offset, offset + length));
  if (!isX86Elf(image)) throw badKernel('what it holds is not a 64-bit x86 ELF kernel');
  return { image, pvh: hasPvhEntry(image) };
}

async function decompressPayload(payload: Buffer): Promise<Buffer> {
  // The kernel's build appends the unpacked size to every format; gzip has it as its own last field.
  const size = payload.readUInt32LE(payload.length - 4);
  if (size > SIZE_LIMIT) throw badKernel('its compressed part is damaged');
  if (payload.readUInt32LE(0) === LZ4_MAGIC) {
    try {
      return decompressLz4Legacy(payload.subarray(0, -4), size);
    } catch (cause) {
      throw badKernel('its LZ4 data are damaged', cause);
    }
  }
  const compression = compressionOf(payload);
  if (compression === 'none') {
    throw new GuestError('UNSUPPORTED', 'the kernel is compressed by a method other than lz4, gzip, xz and zstd');
  }
  return await decompress(compression === 'gzip' ? payload : payload.subarray(0, -4), 'the kernel', compression);
}

function isX86Elf(image: Buffer): boolean {
  return (
    image.length > 0x40 &&
    kernelKind(image) === 'elf' &&
    image.readUInt8(4) === 2 &&
    image.readUInt16LE(0x12) === ELF_MACHINE_X86_64
  );
}

/** Whether an ELF64 kernel has a note of owner `Xen` and type 18. */
export function hasPvhEntry(elf: Buffer): boolean {
  const tableOffset = Number(elf.readBigUInt64LE(0x20));
  const entrySize = elf.readUInt16LE(0x36);
  const count = elf.readUInt16LE(0x38);
  for (let index = 0; index < count; index++) {
    const at = tableOffset + index * entrySize;
    if (at + entrySize > elf.length || elf.readUInt32LE(at) !== PT_NOTE) continue;
    const offset = Number(elf.readBigUInt64LE(at + 0x08));
    const size = Number(elf.readBigUInt64LE(at + 0x20));
    if (notesHavePvhEntry(elf.subarray(offset, offset + size))) return true;
  }
  return false;
}

function notesHavePvhEntry(notes: Buffer): boolean {
  const aligned = (size: number) => (size + 3) & ~3;
  let at = 0;
  while (at + 12 <= notes.length) {
    const nameBytes = notes.readUInt32LE(at);
    const descriptionBytes = notes.readUInt32LE(at + 4);
    const type = notes.readUInt32LE(at + 8);
    if (type === PVH_ENTRY_NOTE && notes.toString('latin1', at + 12, at + 12 + nameBytes) === 'Xen\0') return true;
    at += 12 + aligned(nameBytes) + aligned(descriptionBytes);
  }
  return false;
}

function badKernel(why: string, cause?: unknown): GuestError {
  return new GuestError('BAD_FORMAT', `cannot take vmlinux out of the kernel: ${why}`, { cause });
}
