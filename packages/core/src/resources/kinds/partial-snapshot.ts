import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';
import { VmError } from '../../errors/index.ts';
import { ioError } from '../../store/io-error.ts';
import { ignoreErrno } from '../../util/errno.ts';
import type { FileSystem } from '../../util/file-system.ts';
import { mountedAtOrBelow, mountPoints } from '../mount-table.ts';

/** The name of the folder in which the snapshot `name` is written. It lies beside the finished one, in a folder of the caller's. */
export function partialSnapshotName(name: string, id: string): string {
  return `.${name}.partial-${id}`;
}

/**
 * Removes a snapshot that was not completed. One that is gone, or was completed and so renamed, is success. It may lie anywhere, so it
 * must bear the name of one. Throws `IO`.
 */
export async function releasePartialSnapshot(path: string, fileSystem: FileSystem): Promise<void> {
  const refuse = (why: string): VmError => {
    return new VmError('IO', { detail: `'${path}' is not removed, because ${why}`, details: { path } });
  };
  if (!/^\..+\.partial-[0-9a-f-]{36}$/.test(basename(path))) throw refuse('it is not named as a partial snapshot is');
  const found = await ignoreErrno(lstat(path), 'ENOENT', 'ENOTDIR');
  if (found === undefined) return;
  if (!found.isDirectory()) throw refuse('it is no directory');
  const mounted = mountedAtOrBelow(path, await mountPoints());
  if (mounted !== undefined) throw refuse(`something is mounted on '${mounted}'; unmount that first`);
  try {
    await fileSystem.removeTree(path);
  } catch (error) {
    throw ioError('removing partial snapshot', path, error);
  }
}
