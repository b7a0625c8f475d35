import type { FileHandle } from 'node:fs/promises';

const CHUNK_BYTES = 4 * 1024 * 1024;
/** What is left out when it is all zeros: small enough to find the gaps, large enough to compare fast. */
const BLOCK_BYTES = 64 * 1024;

/** What may be said about a copy. */
export interface CopySparseOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called after each chunk with the bytes of the source that are done with. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * Copies `bytes` from the beginning of `source` to the empty `target`; blocks of zeros take no space there. Returns the bytes written. Throws the system's error, a plain error when
 * the source ends early, or the signal's reason.
 */
export async function copySparse(
  source: FileHandle,
  target: FileHandle,
  bytes: number,
  { signal, onProgress }: CopySparseOptions = {},
): Promise<number> {
  await target.truncate(bytes);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const zeros = Buffer.alloc(BLOCK_BYTES);
  let written = 0;
  for (let position = 0; position < bytes; ) {
    signal?.throwIfAborted();
    const length = Math.min(CHUNK_BYTES, bytes - position);
    const { bytesRead } = await source.read({ buffer: chunk, position, length });
    if (bytesRead === 0) throw new Error(`it ends at ${position} of ${bytes} bytes`);
    for (const { start, end } of filledRanges(chunk.subarray(0, bytesRead), zeros)) {
      await target.write(chunk, start, end - start, position + start);
      written += end - start;
    }
    position += bytesRead;
    onProgress?.(position);
  }
  return written;
}

/** The ranges of `bytes`, in whole blocks of the size of `zeros`, that are not all zeros. */
export function filledRanges(
  bytes: Buffer,
  zeros: Buffer,
): readonly { readonly start: number; readonly end: number }[] {
  const ranges: { start: number; end: number }[] = [];
  for (let start = 0; start < bytes.length; start += zeros.length) {
    const end = Math.min(start + zeros.length, bytes.length);
    if (bytes.compare(zeros, 0, end - start, start, end) === 0) continue;
    const last = ranges.at(-1);
    if (last?.end === start) last.end = end;
    else ranges.push({ start, end });
  }
  return ranges;
}
