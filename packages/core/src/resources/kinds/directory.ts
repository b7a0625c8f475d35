import { lstat } from 'node:fs/promises';
import { VmError } from '../../errors/index.ts';
import { ioError } from '../../store/io-error.ts';
import { ignoreErrno } from '../../util/errno.ts';
import type { FileSystem } from '../../util/file-system.ts';
import { mountedAtOrBelow, mountPoints } from '../mount-table.ts';
import { guardedPath, type ReleaseGuard } from '../release-guard.ts';

/** Removes a directory of the VM with its content. One that is gone is success. Throws `IO`. */
export async function releaseDirectory(path: string, guard: ReleaseGuard, fileSystem: FileSystem): Promise<void> {
  const real = await guardedPath(path, guard);
  if (real === null) return;
  const found = await ignoreErrno(lstat(real), 'ENOENT');
  if (found === undefined) return;
  if (!found.isDirectory()) {
    throw new VmError('IO', { detail: `'${path}' is not a directory and is not removed`, details: { path } });
  }
  // A mount that could not be undone may show the caller's own files, also as a bind mount on the same device.
  const mounted = mountedAtOrBelow(real, await mountPoints());
  if (mounted !== undefined) {
    const detail = `directory '${path}' is not removed, because something is mounted on '${mounted}'; unmount that first`;
    throw new VmError('IO', { detail, details: { path } });
  }
  try {
    await fileSystem.removeTree(real);
  } catch (error) {
    throw ioError('removing directory', path, error);
  }
}
