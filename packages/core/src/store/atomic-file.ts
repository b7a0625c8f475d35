import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ignoreErrno } from '../util/errno.ts';
import { ioError } from './io-error.ts';

const TEMPORARY = /^\..+\.[0-9a-f]{12}\.tmp$/;

/**
 * Writes a file so that at every instant, a crash of the host included, there is either the old content or the new one.
 * Which of them a crash of the host leaves is not said: see {@link syncDirectory}.
 * The file gets `mode` (default 0600). Throws `IO`; the old file is untouched then and no temporary file stays.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  options: { readonly mode?: number } = {},
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await writeSynced(temporary, data, options.mode ?? 0o600);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw ioError('writing', path, error);
  }
}

/** Removes the temporary files that a controller left in `directory` when it died while writing. Nobody must be writing there. */
export async function removeTemporaryFiles(directory: string): Promise<void> {
  const names = (await ignoreErrno(readdir(directory), 'ENOENT')) ?? [];
  await Promise.all(
    names.filter((name) => TEMPORARY.test(name)).map((name) => rm(join(directory, name), { force: true })),
  );
}

/** Makes the names in a directory survive a crash of the host. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    // Some file systems (network ones, and Windows) cannot, and say so.
    await ignoreErrno(handle.sync(), 'EINVAL', 'ENOTSUP', 'EPERM');
  } finally {
    await handle.close();
  }
}

async function writeSynced(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  const handle = await open(path, 'wx', mode);
  try {
    await handle.writeFile(data);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
