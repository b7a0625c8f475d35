import { GuestError } from '../errors/guest-error.ts';

const ELF_MAGIC = 0x7f454c46;
const ELF_CLASS_64 = 2;
const ELF_LITTLE_ENDIAN = 1;

/** What a kernel module says about itself. */
export interface ModuleInfo {
  /** Modules that must be loaded before it. */
  readonly depends: readonly string[];
  /** Modules that should be loaded before it when they exist (`softdep: pre`). */
  readonly softDependsBefore: readonly string[];
  /** Patterns of devices and file systems it serves, such as `virtio:d00000001v*`. */
  readonly aliases: readonly string[];
}

/** Reads the `.modinfo` section of a 64-bit little-endian ELF kernel module. Throws `BAD_FORMAT`. */
export function readModuleInfo(module: Buffer, name: string): ModuleInfo {
  const values = parseModinfo(elfSection(module, '.modinfo', name).toString('utf8'));
  return {
    depends: words((values.get('depends') ?? []).join(','), ','),
    softDependsBefore: (values.get('softdep') ?? []).flatMap(softDependsBefore),
    aliases: values.get('alias') ?? [],
  };
}

/** `name=value` records separated by NUL bytes, as in `.modinfo`. */
function parseModinfo(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const record of text.split('\0')) {
    const equals = record.indexOf('=');
    if (equals <= 0) continue;
    const key = record.slice(0, equals);
    const list = values.get(key) ?? [];
    list.push(record.slice(equals + 1));
    values.set(key, list);
  }
  return values;
}

/** The modules between `pre:` and `post:` in `pre: a b post: c`. */
function softDependsBefore(softdep: string): string[] {
  const pre = /\bpre:\s*([^:]*?)\s*(?:\bpost:|$)/.exec(softdep);
  return words(pre?.[1] ?? '', /\s+/);
}

function words(text: string, separator: string | RegExp): string[] {
  return text.split(separator).filter((word) => word !== '');
}

function elfSection(elf: Buffer, wanted: string, name: string): Buffer {
  try {
    if (
      elf.readUInt32BE(0) !== ELF_MAGIC ||
      elf.readUInt8(4) !== ELF_CLASS_64 ||
      elf.readUInt8(5) !== ELF_LITTLE_ENDIAN
    ) {
      throw new RangeError('no 64-bit little-endian ELF header');
    }
    const tableOffset = Number(elf.readBigUInt64LE(0x28));
    const entrySize = elf.readUInt16LE(0x3a);
    const count = elf.readUInt16LE(0x3c);
    const section = (index: number) => {
      const at = tableOffset + index * entrySize;
      const offset = Number(elf.readBigUInt64LE(at + 0x18));
      return { nameOffset: elf.readUInt32LE(at), offset, end: offset + Number(elf.readBigUInt64LE(at + 0x20)) };
    };
    const names = section(elf.readUInt16LE(0x3e));
    for (let index = 0; index < count; index++) {
      const { nameOffset, offset, end } = section(index);
      const nameAt = names.offset + nameOffset;
      if (elf.toString('latin1', nameAt, nameAt + wanted.length + 1) !== `${wanted}\0`) continue;
      if (end > elf.length) throw new RangeError(`section ${wanted} ends beyond the file`);
      return elf.subarray(offset, end);
    }
    throw new RangeError(`no section ${wanted}`);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new GuestError('BAD_FORMAT', `"${name}" is not a kernel module: ${cause.message}`, { cause });
  }
}
