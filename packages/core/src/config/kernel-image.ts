/** How many bytes of a kernel's beginning {@link looksLikeKernel} needs. */
export const KERNEL_HEADER_BYTES = 0x240;

/** The forms of a kernel image that some hypervisor starts, with the bytes that tell them (Documentation/arch of Linux, ELF, RFC 1952, PE). */
const MAGICS: readonly { readonly offset: number; readonly bytes: readonly number[] }[] = [
  { offset: 0x202, bytes: [0x48, 0x64, 0x72, 0x53] }, // x86 bzImage: HdrS
  { offset: 0x38, bytes: [0x41, 0x52, 0x4d, 0x64] }, // arm64 Image: ARM\x64
  { offset: 0x38, bytes: [0x52, 0x53, 0x43, 0x05] }, // riscv Image: RSC\x05
  { offset: 0, bytes: [0x7f, 0x45, 0x4c, 0x46] }, // ELF
  { offset: 0, bytes: [0x1f, 0x8b] }, // gzip
  { offset: 0, bytes: [0x4d, 0x5a] }, // EFI application (PE): MZ
];

/** Whether a file that begins with `header` may be a kernel image. */
export function looksLikeKernel(header: Uint8Array): boolean {
  return MAGICS.some(({ offset, bytes }) => bytes.every((byte, index) => header[offset + index] === byte));
}
