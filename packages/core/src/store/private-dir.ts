import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VmError } from '../errors/index.ts';
import { errnoOf, ignoreErrno } from '../util/errno.ts';
import type { FileSystem } from '../util/file-system.ts';
import { ioError } from './io-error.ts';

const PRIVATE = 0o700;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Makes a directory, and those above it, with mode 0700. One that exists is taken if it belongs to this user and nobody else
 * may write to it; a symbolic link, which might lead anywhere, is not. Throws `IO` otherwise.
 */
export async function ensurePrivateDir(path: string, fileSystem: FileSystem): Promise<void> {
  const problem = await makePrivate(path, fileSystem);
  if (problem === null) return;
  throw new VmError('IO', { detail: `'${path}' cannot be used: ${problem}`, details: { path } });
}

async function makePrivate(path: string, fileSystem: FileSystem): Promise<string | null> {
  try {
    await makeWithParents(path, fileSystem);
  } catch (error) {
    throw ioError('making directory', path, error);
  }
  const found = await lstat(path).catch((error: unknown) => {
    throw ioError('looking at directory', path, error);
  });
  if (found.isSymbolicLink()) return 'it is a symbolic link; give the path that it leads to';
  if (!found.isDirectory()) return 'it is not a directory';
  const uid = process.getuid?.();
  if (uid !== undefined && found.uid !== uid) return `it belongs to user ${found.uid}, not to this one (${uid})`;
  // Windows has no such modes.
  if (uid !== undefined && (found.mode & WRITABLE_BY_OTHERS) !== 0) {
    return `others may write to it (mode ${(found.mode & 0o7777).toString(8)}); chmod go-w it or choose another`;
  }
  return null;
}

/**
 * Not `mkdir` with `recursive`: below a folder in which nothing can be made (`/proc/x`), that of Node.js 20 to 24 tries for ever
 * and never answers.
 */
async function makeWithParents(path: string, fileSystem: FileSystem): Promise<void> {
  try {
    await fileSystem.makeDirectory(path, PRIVATE);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    const parent = dirname(path);
    if (errnoOf(error) !== 'ENOENT' || parent === path || (await exists(parent))) throw error;
    await makeWithParents(parent, fileSystem);
    await makeWithParents(path, fileSystem);
  }
}

async function exists(path: string): Promise<boolean> {
  return (await ignoreErrno(lstat(path), 'ENOENT')) !== undefined;
}
