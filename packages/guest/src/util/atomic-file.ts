import { randomBytes } from 'node:crypto';
import { fsync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { GuestError } from '../errors/guest-error.ts';
import { hasErrorCode } from './error-code.ts';

const flush = promisify(fsync);

/** A temporary file or folder this old belongs to a process that was killed. */
const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/** A name beside `path` that no other process uses and that begins with a dot. */
export function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Removes what an interrupted or failed write may have left; nothing being there is fine, too. */
export async function removeTemporary(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    // Its folder is a file, so the write never began.
    if (!hasErrorCode(error, 'ENOTDIR')) throw error;
  }
}

/** Removes temporary files of `path` that killed processes left a day ago or earlier. */
export async function removeAbandoned(path: string): Promise<void> {
  for (const name of await readdir(dirname(path))) {
    if (!name.startsWith(`.${basename(path)}.`) || !name.includes('.tmp')) continue;
    const candidate = join(dirname(path), name);
    const age = await ageMs(candidate);
    if (age !== undefined && age > ABANDONED_AFTER_MS) await rm(candidate, { recursive: true, force: true });
  }
}

async function ageMs(path: string): Promise<number | undefined> {
  try {
    return Date.now() - (await stat(path)).mtimeMs;
  } catch (error) {
    // Its owner has just finished with it.
    if (hasErrorCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * Makes or replaces a file so that a reader sees the old bytes or the new ones and never a part, even after a crash:
 * temporary file, fsync, rename. Parent folders are made. Throws `IO`; nothing is left behind then.
 *
 * @param mode permissions of the file; default 0644
 */
export async function writeFileAtomically(path: string, body: Uint8Array | string, mode = 0o644): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(body);
      // By its descriptor: the handles that Yarn Plug'n'Play puts in the place of Node's cannot be synced.
      await flush(file.fd);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await removeTemporary(temporary);
    throw new GuestError('IO', `cannot write "${path}"`, { cause });
  }
}
