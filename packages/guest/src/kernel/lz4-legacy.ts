/** Magic number of the "legacy" LZ4 frame, the one that `lz4 -l` writes and the kernel's build uses. */
const MAGIC = 0x184c2102;
const MIN_MATCH = 4;

/**
 * Decompresses a legacy LZ4 frame (blocks of up to 8 MiB, each preceded by its compressed size).
 *
 * @param size the exact number of decompressed bytes
 * @throws RangeError when the data are damaged or have another size
 */
export function decompressLz4Legacy(source: Buffer, size: number): Buffer {
  if (source.readUInt32LE(0) !== MAGIC) throw new RangeError('no legacy LZ4 frame');
  const target = Buffer.alloc(size);
  let at = 4;
  let written = 0;
  while (at + 4 <= source.length && written < size) {
    const blockBytes = source.readUInt32LE(at);
    at += 4;
    if (at + blockBytes > source.length) throw new RangeError('LZ4 block ends beyond the data');
    written = decompressBlock(source.subarray(at, at + blockBytes), target, written);
    at += blockBytes;
  }
  if (written !== size) throw new RangeError(`LZ4 data unpack to ${written} bytes instead of ${size}`);
  return target;
}

/** Decompresses one block to `target` from `start` on; returns where the output ends. */
function decompressBlock(source: Buffer, target: Buffer, start: number): number {
  let from = 0;
  let to = start;

  const byte = (): number => {
    const value = source[from++];
    if (value === undefined) throw new RangeError('LZ4 block is cut off');
    return value;
  };
  const length = (nibble: number): number => {
    let total = nibble;
    if (nibble === 15) {
      let more: number;
      do {
        more = byte();
        total += more;
      } while (more === 255);
    }
    return total;
  };

  while (from < source.length) {
    const token = byte();
    const literals = length(token >> 4);
    if (from + literals > source.length || to + literals > target.length) throw new RangeError('LZ4 literals overflow');
    source.copy(target, to, from, from + literals);
    from += literals;
    to += literals;
    if (from >= source.length) break; // the last sequence of a block has no match

    const distance = byte() | (byte() << 8);
    const match = length(token & 15) + MIN_MATCH;
    if (distance === 0 || distance > to || to + match > target.length) throw new RangeError('LZ4 match overflows');
    if (distance >= match) {
      target.copyWithin(to, to - distance, to - distance + match);
    } else {
      // The match overlaps its own output and repeats it, so it must be copied byte by byte.
      for (let index = 0; index < match; index++) target[to + index] = target[to + index - distance] ?? 0;
    }
    to += match;
  }
  return to;
}
