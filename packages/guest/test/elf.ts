/** Makes small ELF64 files with just what the code under test looks at. */

const EHDR = 64;
const PHDR = 56;
const SHDR = 64;
const PT_NOTE = 4;
const PT_INTERP = 3;

const MACHINES = { x86_64: 62, aarch64: 183 } as const;

function header(machine: keyof typeof MACHINES, counts: { programs: number; sections: number; sectionsAt: number }) {
  const elf = Buffer.alloc(EHDR);
  elf.write('\x7fELF', 'latin1');
  elf.set([2, 1, 1], 4);
  elf.writeUInt16LE(MACHINES[machine], 0x12);
  elf.writeBigUInt64LE(BigInt(EHDR), 0x20);
  elf.writeBigUInt64LE(BigInt(counts.sectionsAt), 0x28);
  elf.writeUInt16LE(PHDR, 0x36);
  elf.writeUInt16LE(counts.programs, 0x38);
  elf.writeUInt16LE(SHDR, 0x3a);
  elf.writeUInt16LE(counts.sections, 0x3c);
  elf.writeUInt16LE(counts.sections - 1, 0x3e);
  return elf;
}

/** A kernel module with the given `.modinfo` records, such as `depends=virtio,virtio_ring`. */
export function elfModule(...records: string[]): Buffer {
  const modinfo = Buffer.from(records.map((record) => `${record}\0`).join(''));
  const names = Buffer.from('\0.modinfo\0.shstrtab\0');
  const modinfoAt = EHDR;
  const namesAt = modinfoAt + modinfo.length;
  const sectionsAt = namesAt + names.length;
  const section = (name: number, at: number, size: number) => {
    const bytes = Buffer.alloc(SHDR);
    bytes.writeUInt32LE(name, 0);
    bytes.writeBigUInt64LE(BigInt(at), 0x18);
    bytes.writeBigUInt64LE(BigInt(size), 0x20);
    return bytes;
  };
  return Buffer.concat([
    header('x86_64', { programs: 0, sections: 3, sectionsAt }),
    modinfo,
    names,
    section(0, 0, 0),
    section(1, modinfoAt, modinfo.length),
    section(10, namesAt, names.length),
  ]);
}

function withSegment(machine: keyof typeof MACHINES, type: number, body: Buffer): Buffer {
  const segment = Buffer.alloc(PHDR);
  segment.writeUInt32LE(type, 0);
  segment.writeBigUInt64LE(BigInt(EHDR + PHDR), 0x08);
  segment.writeBigUInt64LE(BigInt(body.length), 0x20);
  return Buffer.concat([header(machine, { programs: 1, sections: 1, sectionsAt: 0 }), segment, body]);
}

/** A `vmlinux` with one note of owner `Xen`; type 18 is the PVH entry. */
export function elfKernel(noteType = 18): Buffer {
  const note = Buffer.alloc(12);
  note.writeUInt32LE(4, 0);
  note.writeUInt32LE(8, 4);
  note.writeUInt32LE(noteType, 8);
  return withSegment(
    'x86_64',
    PT_NOTE,
    Buffer.concat([note, Buffer.from('Xen\0'), Buffer.alloc(8), Buffer.alloc(4096, 'k')]),
  );
}

/** Which busybox. */
export interface BusyboxOptions {
  readonly version?: string;
  readonly dynamic?: boolean;
  readonly machine?: keyof typeof MACHINES;
}

/** A program that calls itself busybox; static unless said otherwise. */
export function elfBusybox(options: BusyboxOptions = {}): Buffer {
  const { version = '1.35.0', dynamic = false, machine = 'x86_64' } = options;
  const body = Buffer.from(`/lib/ld.so\0BusyBox v${version} (test)\0`);
  return withSegment(machine, dynamic ? PT_INTERP : 1, body);
}

/** An x86 boot image around a compressed payload. */
export function bzImage(payload: Buffer, release = '6.1.0-test'): Buffer {
  const setupSectors = 1;
  const image = Buffer.alloc((setupSectors + 1) * 512);
  image.writeUInt8(setupSectors, 0x1f1);
  image.set([0x55, 0xaa], 0x1fe);
  image.write('HdrS', 0x202, 'latin1');
  image.writeUInt16LE(0x20f, 0x206);
  image.writeUInt16LE(0x100, 0x20e);
  image.writeUInt32LE(0, 0x248);
  image.writeUInt32LE(payload.length, 0x24c);
  image.write(`${release} (builder) #1\0`, 0x300, 'latin1');
  return Buffer.concat([image, payload]);
}

/** The uncompressed size that the kernel's build appends to a payload. */
export function withSize(payload: Buffer, size: number): Buffer {
  const suffix = Buffer.alloc(4);
  suffix.writeUInt32LE(size);
  return Buffer.concat([payload, suffix]);
}
