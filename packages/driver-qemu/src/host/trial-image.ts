import type { GuestArch } from '../options.ts';

/** What the trial program writes to the guest's serial port once it has run. */
export const TRIAL_OUTPUT = 'VMRS';

/** Offset of the part of the x86 trial that runs in 64-bit mode. */
const LONG_MODE = 0x6a;
/** Offset of the segment descriptors. */
const GDT = 0xa0;
/** Where the 64 KiB at the end of the firmware appear below 1 MiB. */
const ROM_BASE = 0xf0000;

/**
 * The smallest program that shows that an accelerator runs guests: that `/dev/kvm` opens, or that QEMU initialises it, does not.
 * There are hosts whose KVM runs 16-bit code and hangs as soon as a guest enters protected mode, so the x86 program builds page
 * tables, enters 64-bit mode, counts to a million, and only then writes {@link TRIAL_OUTPUT} to the serial port.
 *
 * Run it as firmware (`-bios`) on x86_64, as a kernel (`-kernel`) on the `virt` machine of aarch64.
 */
export function trialImage(arch: GuestArch): Uint8Array {
  return arch === 'x86_64' ? x86Firmware() : arm64Kernel();
}

function x86Firmware(): Uint8Array {
  const rom = new Uint8Array(0x10000).fill(0xf4);
  rom.set(x86Program(), 0);
  rom.set(x86Descriptors(), GDT);
  // The reset vector: jmp f000:0000.
  rom.set([0xea, 0x00, 0x00, 0x00, 0xf0], 0xfff0);
  return rom;
}

function x86Program(): number[] {
  const code: readonly (readonly number[])[] = [
    [0xfa], // cli
    [0x31, 0xc0], // xor ax, ax
    [0x8e, 0xd8], // mov ds, ax
    [0x8e, 0xc0], // mov es, ax
    [0xbf, 0x00, 0x10], // mov di, 0x1000        three empty page tables from 0x1000 on
    [0x66, 0x31, 0xc0], // xor eax, eax
    [0xb9, 0x00, 0x0c], // mov cx, 0xc00
    [0xfc], // cld
    [0x66, 0xf3, 0xab], // rep stosd
    [0x66, 0xc7, 0x06, 0x00, 0x10, 0x03, 0x20, 0x00, 0x00], // mov dword [0x1000], 0x2003
    [0x66, 0xc7, 0x06, 0x00, 0x20, 0x03, 0x30, 0x00, 0x00], // mov dword [0x2000], 0x3003
    [0x66, 0xc7, 0x06, 0x00, 0x30, 0x83, 0x00, 0x00, 0x00], // mov dword [0x3000], 0x83   2 MiB, one to one
    [0x2e, 0x66, 0x0f, 0x01, 0x16, ...word(GDT + 0x10)], // lgdt cs:[descriptor table]
    [0x0f, 0x20, 0xe0], // mov eax, cr4
    [0x66, 0x83, 0xc8, 0x20], // or eax, PAE
    [0x0f, 0x22, 0xe0], // mov cr4, eax
    [0x66, 0xb8, 0x00, 0x10, 0x00, 0x00], // mov eax, 0x1000
    [0x0f, 0x22, 0xd8], // mov cr3, eax
    [0x66, 0xb9, 0x80, 0x00, 0x00, 0xc0], // mov ecx, EFER
    [0x0f, 0x32], // rdmsr
    [0x0d, 0x00, 0x01], // or ax, LME
    [0x0f, 0x30], // wrmsr
    [0x0f, 0x20, 0xc0], // mov eax, cr0
    [0x66, 0x0d, 0x01, 0x00, 0x00, 0x80], // or eax, PG | PE
    [0x0f, 0x22, 0xc0], // mov cr0, eax
    [0x66, 0xea, ...dword(ROM_BASE + LONG_MODE), 0x08, 0x00], // jmp 8:long mode
    [0xb9, 0x40, 0x42, 0x0f, 0x00], // mov ecx, 1000000
    [0xff, 0xc9], // dec ecx
    [0x75, 0xfc], // jnz -4
    [0x66, 0xba, 0xf8, 0x03], // mov dx, 0x3f8           the first serial port
    ...[...TRIAL_OUTPUT].map((letter) => [0xb0, letter.charCodeAt(0), 0xee]), // mov al, letter; out dx, al
    [0xf4], // hlt
    [0xeb, 0xfd], // jmp -3
  ];
  return code.flat();
}

/** A null and a 64-bit code descriptor, then the pointer to them. */
function x86Descriptors(): number[] {
  return [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x9a, 0x20, 0, ...word(15), ...dword(ROM_BASE + GDT)];
}

function arm64Kernel(): Uint8Array {
  const code = [
    0xd2a12001, // mov x1, 0x09000000         the UART of the virt machine
    0xd2a00202, // mov x2, 0x100000
    0xf1000442, // subs x2, x2, 1
    0x54ffffe1, // b.ne -4
    ...[...TRIAL_OUTPUT].flatMap((letter) => [0x52800000 | (letter.charCodeAt(0) << 5), 0xb9000020]), // mov w0, letter; str w0, [x1]
    0xd503207f, // wfi
    0x17ffffff, // b -4
  ];
  return Uint8Array.from(code.flatMap((instruction) => dword(instruction)));
}

function word(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff];
}

function dword(value: number): number[] {
  return [...word(value & 0xffff), ...word((value >>> 16) & 0xffff)];
}
