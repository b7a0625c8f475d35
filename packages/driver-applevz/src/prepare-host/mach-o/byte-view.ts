/** Unsigned integers of a buffer in one byte order. Reading past the end throws `RangeError`. */
export interface ByteView {
  readonly bytes: Buffer;
  u32(offset: number): number;
  u64(offset: number): bigint;
}

/** A {@link ByteView} of `bytes`. */
export function byteView(bytes: Buffer, littleEndian: boolean): ByteView {
  return {
    bytes,
    u32: (offset) => (littleEndian ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset)),
    u64: (offset) => (littleEndian ? bytes.readBigUInt64LE(offset) : bytes.readBigUInt64BE(offset)),
  };
}

/** The text from `offset` to the first zero byte, before `end`; null when there is no zero byte. */
export function zeroTerminated(bytes: Buffer, offset: number, end: number): string | null {
  const zero = bytes.subarray(0, end).indexOf(0, offset);
  return zero === -1 ? null : bytes.toString('utf8', offset, zero);
}
