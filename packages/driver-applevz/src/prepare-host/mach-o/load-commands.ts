import { type ByteView, zeroTerminated } from './byte-view.ts';
import type { LibraryReference, MachOImage } from './mach-o-file.ts';

// Numbers and layouts of Apple's `mach-o/loader.h`.

/** dyld refuses an image with a command of this bit that it does not know; the commands themselves are the lower bits. */
const REQUIRED_BY_DYLD = 0x8000_0000;
const SEGMENT = 0x1;
const LOAD_DYLIB = 0xc;
const ID_DYLIB = 0xd;
const LOAD_WEAK_DYLIB = 0x18;
const SEGMENT_64 = 0x19;
const RPATH = 0x1c;
const CODE_SIGNATURE = 0x1d;
const REEXPORT_DYLIB = 0x1f;
const LAZY_LOAD_DYLIB = 0x20;
const LOAD_UPWARD_DYLIB = 0x23;

/** `cmd` and `cmdsize`. */
const COMMAND_BYTES = 8;
/** `dylib_command` and, of newer linkers, `dylib_use_command` with flags after it. */
const DYLIB_BYTES = 24;
const DYLIB_USE_BYTES = 28;
/** In place of the time stamp: flags follow. */
const DYLIB_USE_MARKER = 0x1a74_1800;
const DYLIB_USE_WEAK = 0x1;
const RPATH_BYTES = 12;
const SEGMENT_NAME_BYTES = 16;

/** What the load commands of an image say of it. */
export type LoadCommands = Omit<MachOImage, 'arch' | 'kind'>;

/**
 * Reads `count` load commands, which fill `view` exactly. Commands that are not known are passed over. `damaged` makes the error of commands that do not fit together.
 */
export function readLoadCommands(view: ByteView, count: number, damaged: (detail: string) => Error): LoadCommands {
  const libraries: LibraryReference[] = [];
  const rpaths: string[] = [];
  const segments: string[] = [];
  let id: string | null = null;
  let signed = false;
  let offset = 0;
  for (let index = 0; index < count; index += 1) {
    const { command, size } = readHeader(view, offset, index, damaged);
    const text = (nameOffset: number, least: number): string => {
      const at = view.u32(offset + nameOffset);
      const found = at < least || at >= size ? null : zeroTerminated(view.bytes, offset + at, offset + size);
      if (found === null) throw damaged(`has a load command (number ${index}) whose text lies outside of it`);
      return found;
    };
    const atLeast = (bytes: number): void => {
      if (size < bytes) throw damaged(`has a load command (number ${index}) that is too short`);
    };
    switch (command) {
      case LOAD_DYLIB:
      case LOAD_WEAK_DYLIB:
      case REEXPORT_DYLIB:
      case LAZY_LOAD_DYLIB:
      case LOAD_UPWARD_DYLIB:
        atLeast(DYLIB_BYTES);
        libraries.push({
          name: text(8, DYLIB_BYTES),
          weak: command === LOAD_WEAK_DYLIB || saysWeak(view, offset, size),
        });
        break;
      case ID_DYLIB:
        atLeast(DYLIB_BYTES);
        id = text(8, DYLIB_BYTES);
        break;
      case RPATH:
        atLeast(RPATH_BYTES);
        rpaths.push(text(8, RPATH_BYTES));
        break;
      case SEGMENT:
      case SEGMENT_64:
        atLeast(COMMAND_BYTES + SEGMENT_NAME_BYTES);
        segments.push(segmentName(view, offset + COMMAND_BYTES));
        break;
      case CODE_SIGNATURE:
        signed = true;
        break;
      default:
        break;
    }
    offset += size;
  }
  return { id, libraries, rpaths, segments, signed };
}

function readHeader(
  view: ByteView,
  offset: number,
  index: number,
  damaged: (detail: string) => Error,
): { readonly command: number; readonly size: number } {
  const left = view.bytes.length - offset;
  if (left < COMMAND_BYTES) throw damaged(`ends before its load command number ${index}`);
  const size = view.u32(offset + 4);
  if (size < COMMAND_BYTES || size % 4 !== 0 || size > left) {
    throw damaged(`has a load command (number ${index}) of the impossible size ${size}`);
  }
  // Without the bit: no two commands differ by it alone.
  return { command: (view.u32(offset) & ~REQUIRED_BY_DYLD) >>> 0, size };
}

/** Whether a `dylib_use_command` says that the library is optional. */
function saysWeak(view: ByteView, offset: number, size: number): boolean {
  if (size < DYLIB_USE_BYTES || view.u32(offset + 8) !== DYLIB_USE_BYTES) return false;
  return view.u32(offset + 12) === DYLIB_USE_MARKER && (view.u32(offset + 24) & DYLIB_USE_WEAK) !== 0;
}

/** Sixteen bytes, filled up with zero bytes. */
function segmentName(view: ByteView, offset: number): string {
  const end = offset + SEGMENT_NAME_BYTES;
  return zeroTerminated(view.bytes, offset, end) ?? view.bytes.toString('latin1', offset, end);
}
