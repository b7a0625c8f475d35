/** For what a file of native code was built, as far as its first bytes tell. */
export interface BinaryFormat {
  readonly format: 'mach-o' | 'elf' | 'pe' | 'unknown';
  /** As Node.js names them; empty when the format does not tell, or another. */
  readonly architectures: readonly string[];
}

/** How many bytes {@link readBinaryFormat} wants: those of the header of a universal binary with all that Macs ever ran on. */
export const BINARY_HEADER_BYTES = 256;

const MACH_O_64 = 0xfeedfacf;
const MACH_O_UNIVERSAL = 0xcafebabe;
const MACH_O_CPUS: ReadonlyMap<number, string> = new Map([
  [0x0100000c, 'arm64'],
  [0x01000007, 'x64'],
]);
const ELF_MACHINES: ReadonlyMap<number, string> = new Map([
  [0x3e, 'x64'],
  [0xb7, 'arm64'],
]);

/** Reads the format and the processors out of the first bytes of a file. */
export function readBinaryFormat(header: Buffer): BinaryFormat {
  if (header.length < 20) return { format: 'unknown', architectures: [] };
  if (header.readUInt32LE(0) === MACH_O_64) {
    return { format: 'mach-o', architectures: known(MACH_O_CPUS, [header.readUInt32LE(4)]) };
  }
  if (header.readUInt32BE(0) === MACH_O_UNIVERSAL) {
    return { format: 'mach-o', architectures: known(MACH_O_CPUS, universalCpus(header)) };
  }
  if (header.readUInt32BE(0) === 0x7f454c46) {
    return { format: 'elf', architectures: known(ELF_MACHINES, [header.readUInt16LE(18)]) };
  }
  if (header.toString('latin1', 0, 2) === 'MZ') return { format: 'pe', architectures: [] };
  return { format: 'unknown', architectures: [] };
}

/** Each of the header's entries has 20 bytes and begins with the processor. */
function universalCpus(header: Buffer): number[] {
  const cpus: number[] = [];
  const count = header.readUInt32BE(4);
  for (let i = 0; i < count && 8 + i * 20 + 4 <= header.length; i++) cpus.push(header.readUInt32BE(8 + i * 20));
  return cpus;
}

function known(names: ReadonlyMap<number, string>, numbers: readonly number[]): string[] {
  return numbers.flatMap((number) => names.get(number) ?? []);
}
