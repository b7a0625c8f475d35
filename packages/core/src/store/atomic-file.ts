import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ignoreErrno } from '../util/errno.ts';
import type { FileSystem } from '../util/file-system.ts';
import { ioError } from './io-error.ts';

const TEMPORARY = /^\..+\.[0-9a-f]{12}\.tmp$/;

/**
 * Writes a file so that at every instant, a crash of the host included, there is either the old content or the new one.
 * Which of them a crash of the host leaves is not said: see {@link FileSystem.syncDirectory}.
 * The file gets `mode` (default 0600). Throws `IO`; the old file is untouched then and no temporary file stays that can be removed.
 */
export async function writeFileAtomic(
  path: string,
  data: string | Uint8Array,
  { fileSystem, mode = 0o600 }: { readonly fileSystem: FileSystem; readonly mode?: number },
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    await fileSystem.createFile(temporary, data, mode);
    await fileSystem.rename(temporary, path);
  } catch (error) {
    // What cannot be removed either goes with the folder; see removeTemporaryFiles. Why the writing failed is what matters.
    await fileSystem.unlink(temporary).catch(() => undefined);
    throw ioError('writing', path, error);
  }
}

/** Removes the temporary files that a controller left in `directory` when it died while writing. Nobody must be writing there. */
export async function removeTemporaryFiles(directory: string, fileSystem: FileSystem): Promise<void> {
  const names = (await ignoreErrno(readdir(directory), 'ENOENT')) ?? [];
  const temporary = names.filter((name) => TEMPORARY.test(name));
  await Promise.all(temporary.map((name) => ignoreErrno(fileSystem.unlink(join(directory, name)), 'ENOENT')));
}
