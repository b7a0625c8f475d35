import { lstat, readFile, readlink, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, ignoreErrno } from '@vmrs/core/driver';
import { HOST_EXECUTABLE, type LibraryLink } from './library-links.ts';
import type { NodeFacts } from './node-facts.ts';

/** What a prepared folder says of itself; written when everything in it is complete and was tried. */
export interface HostRecord {
  readonly version: typeof RECORD_VERSION;
  readonly key: string;
  readonly node: NodeFacts;
  readonly links: readonly LibraryLink[];
  /** Of the signed copy. */
  readonly size: number;
  readonly mtimeMs: number;
}

const RECORD_VERSION = 1;
const RECORD_FILE = 'host.json';
const EXECUTABLE_BITS = 0o100;

/** The executable of a folder. */
export function executableOf(folder: string): string {
  return join(folder, HOST_EXECUTABLE);
}

/** Writes the record of a folder whose copy is in its final state. Throws the system's error. */
export async function writeHostRecord(folder: string, what: Pick<HostRecord, 'key' | 'node' | 'links'>): Promise<void> {
  const { size, mtimeMs } = await stat(executableOf(folder));
  const record: HostRecord = { version: RECORD_VERSION, ...what, size, mtimeMs };
  await writeFile(join(folder, RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`, {
    mode: 0o600,
    flag: 'wx',
    flush: true,
  });
}

/**
 * Why the folder of `key` cannot be used; null when it can. Does not read the whole copy: that takes as long as making it. Throws the system's error when it cannot be told.
 */
export async function whatIsWrong(folder: string, key: string): Promise<string | null> {
  const text = await ignoreErrno(readFile(join(folder, RECORD_FILE), 'utf8'), 'ENOENT', 'ENOTDIR');
  if (text === undefined) return 'it is not complete';
  const record = parseRecord(text);
  if (record === null || record.key !== key) return 'its record is damaged';
  const copy = await ignoreErrno(lstat(executableOf(folder)), 'ENOENT', 'ENOTDIR');
  if (copy === undefined) return 'its executable is gone';
  if (!copy.isFile() || copy.size !== record.size || copy.mtimeMs !== record.mtimeMs)
    return 'its executable was changed';
  if ((copy.mode & EXECUTABLE_BITS) === 0) return 'its executable lost its mode';
  for (const { place, target } of record.links) {
    const found = await ignoreErrno(readlink(join(folder, place)), 'ENOENT', 'EINVAL', 'ENOTDIR');
    if (found !== target) return `its link '${place}' is gone`;
    if ((await ignoreErrno(stat(target), 'ENOENT', 'ENOTDIR')) === undefined) return `the library '${target}' is gone`;
  }
  return null;
}

function parseRecord(text: string): HostRecord | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const record = value as Partial<HostRecord>;
    if (record.version !== RECORD_VERSION || typeof record.key !== 'string' || !Array.isArray(record.links))
      return null;
    const areLinks = record.links.every(
      (link: Partial<LibraryLink> | null) => typeof link?.place === 'string' && typeof link.target === 'string',
    );
    return areLinks ? (record as HostRecord) : null;
  } catch {
    return null;
  }
}

/** Notes that a folder is in use, so that it is not removed as an old one. False when it is gone. Throws the system's error. */
export async function touch(folder: string): Promise<boolean> {
  const now = new Date();
  try {
    await utimes(folder, now, now);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
