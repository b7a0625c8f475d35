import { open, readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoreErrno } from '@vmrs/core/driver';
import { hypervisorError } from '../errors.ts';

const CHUNK_BYTES = 4 * 1024 * 1024;
/** What is left out when it is all zeros: small enough to find the gaps, large enough to compare fast. */
const BLOCK_BYTES = 64 * 1024;

/**
 * Copies the memory of a paused guest, a memfd that QEMU holds, to `file`, which must not exist. Pages that the guest never
 * wrote take no space. Linux only. Throws `HYPERVISOR` when the memory is not found, or the system's error.
 *
 * @returns the bytes written
 */
export async function copyMemory(
  pid: number,
  bytes: number,
  file: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  await using source = await open(await findMemory(pid, bytes), 'r');
  await using target = await open(file, 'wx', 0o600);
  await target.truncate(bytes);
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const zeros = Buffer.alloc(BLOCK_BYTES);
  let written = 0;
  for (let position = 0; position < bytes; ) {
    signal?.throwIfAborted();
    const { bytesRead } = await source.read({
      buffer: chunk,
      position,
      length: Math.min(CHUNK_BYTES, bytes - position),
    });
    if (bytesRead === 0) throw hypervisorError('snapshot', `the guest's memory ends at ${position} of ${bytes} bytes`);
    for (const { start, end } of filledRanges(chunk.subarray(0, bytesRead), zeros)) {
      await target.write(chunk, start, end - start, position + start);
      written += end - start;
    }
    position += bytesRead;
  }
  await target.sync();
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

/** The path by which QEMU's memfd can be opened. */
async function findMemory(pid: number, bytes: number): Promise<string> {
  const folder = `/proc/${pid}/fd`;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    // Descriptors come and go while we look.
    const target = await ignoreErrno(readlink(path), 'ENOENT');
    if (target?.startsWith('/memfd:') !== true) continue;
    if ((await ignoreErrno(stat(path), 'ENOENT'))?.size === bytes) return path;
  }
  throw hypervisorError('snapshot', `QEMU (process ${pid}) holds no memory file of ${bytes} bytes`);
}
