/**
 * The form of a kernel file by its magic numbers:
 *
 * - `bzimage`: x86 boot image (`HdrS`), what every VMM takes
 * - `arm64-image`: uncompressed arm64 image (`ARM\x64`), what direct boot loaders want
 * - `elf`: `vmlinux`
 * - `gzip`: a compressed image, as some distributions ship for arm64
 * - `efi-zboot`: an EFI program that unpacks the kernel itself; direct boot loaders cannot start it
 * - `unknown`: anything else
 */
export type KernelKind = 'bzimage' | 'arm64-image' | 'elf' | 'gzip' | 'efi-zboot' | 'unknown';

/** How many bytes of the file `kernelKind` needs. */
export const KERNEL_HEAD_BYTES: number = 0x400;

/** Tells the form of a kernel from its first `KERNEL_HEAD_BYTES` bytes. */
export function kernelKind(head: Buffer): KernelKind {
  const text = (offset: number, length: number) => head.toString('latin1', offset, offset + length);
  if (text(0x202, 4) === 'HdrS' && head[0x1fe] === 0x55 && head[0x1ff] === 0xaa) return 'bzimage';
  if (text(0, 2) === 'MZ' && text(4, 4) === 'zimg') return 'efi-zboot';
  if (text(0x38, 4) === 'ARM\x64') return 'arm64-image';
  if (text(0, 4) === '\x7fELF') return 'elf';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
  return 'unknown';
}
