import { realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { VmError } from '../errors/index.ts';
import { ignoreErrno } from '../util/errno.ts';

/** Where things may be removed. */
export interface ReleaseGuard {
  /** Folders of the VM's own, beneath which, and nowhere else, files and directories are removed. Absolute. */
  readonly roots: readonly string[];
}

/**
 * Where a path of the ledger really leads, when that is beneath one of the roots; null when the folder it lay in is gone, and it
 * with that. Links on the way to it are followed first; it itself is not. Throws `IO` when it leads anywhere else.
 */
export async function guardedPath(path: string, guard: ReleaseGuard): Promise<string | null> {
  const parent = await ignoreErrno(realpath(dirname(path)), 'ENOENT', 'ENOTDIR');
  if (parent === undefined) return null;
  const real = join(parent, basename(path));
  for (const root of guard.roots) {
    const realRoot = await ignoreErrno(realpath(root), 'ENOENT');
    if (realRoot !== undefined && real.startsWith(realRoot + sep)) return real;
  }
  const detail = `'${path}' does not lie in the VM's own folders and is not removed; take it out of the ledger by hand`;
  throw new VmError('IO', { detail, details: { path } });
}
