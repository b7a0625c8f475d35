import { randomBytes } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf, ignoreErrno, openFile } from '@vmrs/core/driver';
import { touch, whatIsWrong } from './host-folder.ts';

/** How often others may put a damaged folder in our way. */
const MOST_ATTEMPTS = 10;
const TEMPORARY = /^\.[0-9a-f]{64}\.[0-9a-f]{12}\.tmp$/;

/** Makes a new folder beside the folder of `key`, in which it is to be built. */
export async function makeTemporary(parent: string, key: string): Promise<string> {
  const folder = temporaryFor(join(parent, key));
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

/** Whether a name is that of a folder in which one is built or taken down. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/** A path beside `folder` that nobody else uses. */
export function temporaryFor(folder: string): string {
  return join(dirname(folder), `.${basename(folder)}.${randomBytes(6).toString('hex')}.tmp`);
}

/**
 * Puts a complete folder in its place, unless somebody else's is there that can be used: then ours is removed, and the answer is false. One that cannot be used is replaced.
 * A crash at any instant leaves a usable folder in the place or none. Throws the system's error.
 */
export async function publishHost(temporary: string, folder: string, key: string): Promise<boolean> {
  for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
    if (await moveInto(temporary, folder)) {
      await syncFolder(dirname(folder));
      return true;
    }
    if ((await whatIsWrong(folder, key)) === null && (await touch(folder))) {
      await rm(temporary, { recursive: true, force: true });
      return false;
    }
    await moveAside(folder, key);
  }
  throw new Error(`other processes keep putting damaged hosts at '${folder}'`);
}

/** Removes a damaged folder; puts it back when it turns out that another process has just replaced it by a good one. */
async function moveAside(folder: string, key: string): Promise<void> {
  const aside = temporaryFor(folder);
  const moved = await ignoreErrno(
    rename(folder, aside).then(() => true),
    'ENOENT',
  );
  if (moved === undefined) return;
  if ((await whatIsWrong(aside, key)) === null && (await moveInto(aside, folder))) return;
  await rm(aside, { recursive: true, force: true });
}

async function moveInto(temporary: string, folder: string): Promise<boolean> {
  try {
    await rename(temporary, folder);
    return true;
  } catch (error) {
    // ENOTDIR: a file is in the place.
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

/** Brings a folder's entries to the disk. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await openFile(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
