/** What the trial kernel writes to the guest's serial port. */
export const TRIAL_OUTPUT = 'VMRS';

/** Where it is loaded; guests' memory below holds what Cloud Hypervisor puts there. */
const LOAD_ADDRESS = 0x10_0000;
/** Where in the file its parts lie. */
const NOTE_OFFSET = 0x100;
const CODE_OFFSET = 0x200;

const SERIAL_PORT = 0x3f8;
/** Cloud Hypervisor's ACPI power-off port, and the value that its tables tell guests to write there (`devices/src/acpi.rs`). */
const POWER_OFF_PORT = 0x600;
const POWER_OFF = (5 << 2) | (1 << 5);

/**
 * The smallest x86 kernel that shows that KVM runs guests: that `/dev/kvm` opens does not. An ELF file with a PVH entry; it writes {@link TRIAL_OUTPUT} to its serial
 * port and powers off. There are hosts whose KVM runs code without paging and hangs with it, so the kernel builds page tables, enters 64-bit mode and counts to a
 * million first.
 */
export function trialKernel(): Uint8Array {
  const code = trialCode();
  const file = Buffer.alloc(CODE_OFFSET + code.length);
  elfHeader(file);
  programHeader(file, 0x40, { type: 1, flags: 5, offset: CODE_OFFSET, address: LOAD_ADDRESS, size: code.length });
  programHeader(file, 0x78, { type: 4, flags: 4, offset: NOTE_OFFSET, address: 0, size: 24 });
  pvhNote(file);
  file.set(code, CODE_OFFSET);
  return file;
}

function trialCode(): number[] {
  const port = (number: number): number[] => [0x66, 0xba, number & 0xff, number >> 8]; // mov dx, number
  const out = (byte: number): number[] => [0xb0, byte, 0xee]; // mov al, byte; out dx, al
  return [
    ...ENTER_LONG_MODE.flat(),
    ...port(SERIAL_PORT),
    ...[...TRIAL_OUTPUT].flatMap((letter) => out(letter.charCodeAt(0))),
    ...port(POWER_OFF_PORT),
    ...out(POWER_OFF),
    ...[0xf4, 0xeb, 0xfd], // hlt; again
  ];
}

/** From 32-bit protected mode without paging, as PVH begins, to 64-bit mode with page tables at 2 MiB. */
const ENTER_LONG_MODE: readonly (readonly number[])[] = [
  [0xbf, 0x00, 0x00, 0x20, 0x00], // mov edi, 0x200000     three empty page tables
  [0x31, 0xc0], // xor eax, eax
  [0xb9, 0x00, 0x0c, 0x00, 0x00], // mov ecx, 0xc00
  [0xfc, 0xf3, 0xab], // cld; rep stosd
  [0xc7, 0x05, 0x00, 0x00, 0x20, 0x00, 0x03, 0x10, 0x20, 0x00], // mov dword [0x200000], 0x201003
  [0xc7, 0x05, 0x00, 0x10, 0x20, 0x00, 0x03, 0x20, 0x20, 0x00], // mov dword [0x201000], 0x202003
  [0xc7, 0x05, 0x00, 0x20, 0x20, 0x00, 0x83, 0x00, 0x00, 0x00], // mov dword [0x202000], 0x83        the first 2 MiB
  [0xc7, 0x05, 0x08, 0x20, 0x20, 0x00, 0x83, 0x00, 0x20, 0x00], // mov dword [0x202008], 0x200083    the second
  [0xb8, 0x00, 0x00, 0x20, 0x00, 0x0f, 0x22, 0xd8], // mov eax, 0x200000; mov cr3, eax
  [0x0f, 0x20, 0xe0, 0x83, 0xc8, 0x20, 0x0f, 0x22, 0xe0], // cr4 |= PAE
  [0xb9, 0x80, 0x00, 0x00, 0xc0, 0x0f, 0x32], // mov ecx, EFER; rdmsr
  [0x0d, 0x00, 0x01, 0x00, 0x00, 0x0f, 0x30], // or eax, LME; wrmsr
  [0x0f, 0x20, 0xc0, 0x0d, 0x00, 0x00, 0x00, 0x80, 0x0f, 0x22, 0xc0], // cr0 |= PG
  [0x0f, 0x01, 0x15, 0x6f, 0x00, 0x10, 0x00], // lgdt [0x10006f]
  [0xea, 0x85, 0x00, 0x10, 0x00, 0x08, 0x00], // jmp 8:0x100085
  [0x0f, 0x00, 0x75, 0x00, 0x10, 0x00], // at 0x6f: the table's limit and address
  [0, 0, 0, 0, 0, 0, 0, 0], // at 0x75: no segment
  [0x00, 0x00, 0x00, 0x00, 0x00, 0x9a, 0x20, 0x00], // 64-bit code
  [0xb9, 0x40, 0x42, 0x0f, 0x00, 0xff, 0xc9, 0x75, 0xfc], // at 0x85: mov ecx, 1000000; dec ecx; jnz
];

function elfHeader(file: Buffer): void {
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], 0);
  file.writeUInt16LE(2, 0x10); // executable
  file.writeUInt16LE(62, 0x12); // x86-64
  file.writeUInt32LE(1, 0x14);
  file.writeBigUInt64LE(BigInt(LOAD_ADDRESS), 0x18);
  file.writeBigUInt64LE(0x40n, 0x20);
  file.writeUInt16LE(0x40, 0x34);
  file.writeUInt16LE(0x38, 0x36);
  file.writeUInt16LE(2, 0x38);
}

interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

function programHeader(file: Buffer, at: number, { type, flags, offset, address, size }: Segment): void {
  file.writeUInt32LE(type, at);
  file.writeUInt32LE(flags, at + 4);
  for (const [index, value] of [offset, address, address, size, size, 4].entries())
    file.writeBigUInt64LE(BigInt(value), at + 8 + index * 8);
}

/** `XEN_ELFNOTE_PHYS32_ENTRY`: the address at which the kernel is entered. */
function pvhNote(file: Buffer): void {
  file.writeUInt32LE(4, NOTE_OFFSET);
  file.writeUInt32LE(8, NOTE_OFFSET + 4);
  file.writeUInt32LE(18, NOTE_OFFSET + 8);
  file.write('Xen\0', NOTE_OFFSET + 12, 'latin1');
  file.writeBigUInt64LE(BigInt(LOAD_ADDRESS), NOTE_OFFSET + 16);
}
