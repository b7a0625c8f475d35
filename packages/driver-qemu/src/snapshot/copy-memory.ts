import { readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { copySparse, ignoreErrno, openFile } from '@vmrs/core/driver';
import { hypervisorError } from '../errors.ts';

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
  await using source = await openFile(await findMemory(pid, bytes), 'r');
  await using target = await openFile(file, 'wx', 0o600);
  const written = await copySparse(source, target, bytes, { signal });
  await target.sync();
  return written;
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
