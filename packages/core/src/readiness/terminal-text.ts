const ESC = 0x1b;
const BEL = 0x07;
const BACKSLASH = 0x5c;
const CSI = 0x5b; // [
/** `P`, `X`, `]`, `^`, `_`: the text up to the string terminator is an order to the terminal and not shown (ECMA-48, 5.6). */
const STRING_OPENERS: readonly number[] = [0x50, 0x58, 0x5d, 0x5e, 0x5f];

/**
 * A line without the terminal escape sequences in it: CSI (colours, cursor), OSC and the other control strings, and the two-byte
 * and charset sequences. A sequence that does not end hides the rest of the line, as it does on a terminal.
 * Only the 7-bit forms are known: the 8-bit ones are ordinary bytes of UTF-8.
 */
export function withoutEscapes(line: Uint8Array): Uint8Array {
  let at = line.indexOf(ESC);
  if (at === -1) return line;
  const kept: Uint8Array[] = [];
  let start = 0;
  while (at !== -1) {
    kept.push(line.subarray(start, at));
    start = endOfSequence(line, at);
    at = line.indexOf(ESC, start);
  }
  kept.push(line.subarray(start));
  return Buffer.concat(kept);
}

/** What a person can read of a line: escape sequences and control characters removed, undecodable bytes replaced. */
export function readableText(line: Uint8Array): string {
  const text = new TextDecoder().decode(withoutEscapes(line));
  return text.replace(/[^\P{Cc}\t]/gu, '');
}

/** Index of the first byte after the sequence that begins at `at`. */
function endOfSequence(line: Uint8Array, at: number): number {
  const kind = line[at + 1];
  if (kind === undefined) return line.length;
  if (kind === CSI) return endAfter(line, at + 2, isCsiBody);
  if (STRING_OPENERS.includes(kind)) return endOfString(line, at + 2);
  return endAfter(line, at + 1, isIntermediate);
}

/** Skips the bytes of the body and the final byte that follows; a byte that fits neither stays. */
function endAfter(line: Uint8Array, from: number, isBody: (byte: number) => boolean): number {
  let index = from;
  for (let byte = line[index]; byte !== undefined; byte = line[++index]) {
    if (isBody(byte)) continue;
    const final = byte >= 0x30 && byte <= 0x7e;
    return final ? index + 1 : index;
  }
  return line.length;
}

function endOfString(line: Uint8Array, from: number): number {
  for (let index = from; index < line.length; index++) {
    if (line[index] === BEL) return index + 1;
    if (line[index] === ESC && line[index + 1] === BACKSLASH) return index + 2;
  }
  return line.length;
}

function isCsiBody(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x3f;
}

function isIntermediate(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x2f;
}
