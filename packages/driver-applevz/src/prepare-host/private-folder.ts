import { lstat, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from '@vmrs/core/driver';

const PRIVATE = 0o700;
const WRITABLE_BY_OTHERS = 0o022;

/**
 * Makes a folder with mode 0700, and those above it. Returns why it must not be trusted with programs that are run, null when it may be: others could put their own there.
 * Throws the system's error.
 */
export async function makePrivateFolder(path: string): Promise<string | null> {
  await makeWithParents(path);
  const found = await lstat(path);
  if (!found.isDirectory()) return 'it is not a folder';
  const uid = process.getuid?.();
  if (uid !== undefined && found.uid !== uid) return `it belongs to user ${found.uid}, not to this one (${uid})`;
  if ((found.mode & WRITABLE_BY_OTHERS) !== 0)
    return `others may write to it (mode ${(found.mode & 0o7777).toString(8)})`;
  return null;
}

/** Not `mkdir` with `recursive`, which never answers for some folders in which nothing can be made (`/proc/x`). */
async function makeWithParents(path: string): Promise<void> {
  try {
    await mkdir(path, PRIVATE);
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    const parent = dirname(path);
    if (errnoOf(error) !== 'ENOENT' || parent === path || (await exists(parent))) throw error;
    await makeWithParents(parent);
    await makeWithParents(path);
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
