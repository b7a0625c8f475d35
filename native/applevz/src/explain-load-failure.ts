import { closeSync, openSync, readSync } from 'node:fs';
import { BINARY_HEADER_BYTES, readBinaryFormat } from './binary-format.ts';

/** The process that tried to load an addon. */
export interface LoadingProcess {
  readonly platform: NodeJS.Platform;
  readonly arch: string;
}

/** What the dynamic loader of macOS says, and what it means for the reader. */
const HINTS: readonly (readonly [words: RegExp, hint: (path: string) => string])[] = [
  [
    /quarantine|malware|cannot be opened because|blocked|operation not permitted/i,
    (path) => `macOS blocks it, perhaps as downloaded: try xattr -d com.apple.quarantine '${path}'`,
  ],
  [
    /team id|code signature|code signing|not valid for use in process|library load disallowed/i,
    () =>
      'this Node.js was signed with the hardened runtime, which refuses addons of other signers: use one without it, or sign it with the entitlement com.apple.security.cs.disable-library-validation',
  ],
  [
    /symbol not found.*(OBJC_CLASS_\$_VZ|vmnet_)|built for macOS \d+.* which is newer/is,
    () => 'macOS 13 or newer is needed',
  ],
];

/** Why the addon at `path` could not be loaded: the loader's words, and what is behind them. */
export function explainLoadFailure(path: string, cause: unknown, process: LoadingProcess): string {
  const words = cause instanceof Error ? cause.message : String(cause);
  const mismatch = foreignBinary(path, process);
  if (mismatch !== null) return `${mismatch} (${words})`;
  const hint = HINTS.find(([pattern]) => pattern.test(words));
  return hint === undefined ? words : `${words} (${hint[1](path)})`;
}

/** How the file differs from what the process can load; null if it does not, or cannot be read. */
function foreignBinary(path: string, { platform, arch }: LoadingProcess): string | null {
  const header = readHeader(path);
  if (header === null) return null;
  const { format, architectures } = readBinaryFormat(header);
  const expected = { darwin: 'mach-o', win32: 'pe' }[platform as string] ?? 'elf';
  if (format === 'unknown') return 'it is not a file of native code';
  if (format !== expected) return `it was built for another operating system (${format})`;
  if (architectures.length > 0 && !architectures.includes(arch)) {
    return `it was built for ${architectures.join(' and ')}, and this Node.js is one for ${arch}`;
  }
  return null;
}

function readHeader(path: string): Buffer | null {
  const header = Buffer.alloc(BINARY_HEADER_BYTES);
  try {
    const fd = openSync(path, 'r');
    try {
      return header.subarray(0, readSync(fd, header));
    } finally {
      closeSync(fd);
    }
  } catch {
    // The loader has said already that it cannot be read.
    return null;
  }
}
