import { ioError } from '../../store/io-error.ts';
import { ignoreErrno } from '../../util/errno.ts';
import type { FileSystem } from '../../util/file-system.ts';
import { guardedPath, type ReleaseGuard } from '../release-guard.ts';

/** Removes a file or socket of the VM; of a link the link. One that is gone is success. Throws `IO`. */
export async function releaseFile(path: string, guard: ReleaseGuard, fileSystem: FileSystem): Promise<void> {
  const real = await guardedPath(path, guard);
  if (real === null) return;
  try {
    await ignoreErrno(fileSystem.unlink(real), 'ENOENT');
  } catch (error) {
    throw ioError('removing', path, error);
  }
}
