import { lstat, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoreErrno } from '@vmrs/core/driver';
import { executableOf } from './host-folder.ts';
import { isTemporary, temporaryFor } from './publish-host.ts';
import { describeEnd, runProgram } from './run-program.ts';

/** How old hosts are removed. */
export interface RemoveOldOptions {
  /** Key of the host that stays in any case; null: all of them stay. */
  readonly keep: string | null;
  /** Path of `lsof`. */
  readonly lsof: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const DAY_MS = 24 * 60 * 60 * 1000;
/** Each boot on a host notes that it is in use. */
const UNUSED_MS = 30 * DAY_MS;
/** Nobody works on one for longer: every step of a preparation has a deadline of some minutes at most. */
const ABANDONED_MS = 60 * 60 * 1000;
const KEY = /^[0-9a-f]{64}$/;

/**
 * Removes what crashed preparations left more than an hour ago, and hosts that were not used for 30 days and that no process runs. Returns in words what was done and what
 * could not be: an old folder that stays is no reason not to boot. Rejects only with the signal's reason.
 */
export async function removeOldHosts(parent: string, options: RemoveOldOptions): Promise<readonly string[]> {
  const said: string[] = [];
  for (const name of await readdir(parent).catch(() => [])) {
    options.signal?.throwIfAborted();
    try {
      const done = await removeOne(join(parent, name), name, options);
      if (done !== null) said.push(done);
    } catch (error) {
      options.signal?.throwIfAborted();
      said.push(`could not remove '${name}': ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return said;
}

async function removeOne(folder: string, name: string, options: RemoveOldOptions): Promise<string | null> {
  const isHost = KEY.test(name);
  if (isHost ? options.keep === null || name === options.keep : !isTemporary(name)) return null;
  const unusedMs = await ageOf(folder);
  if (unusedMs === null || unusedMs < (isHost ? UNUSED_MS : ABANDONED_MS)) return null;
  const users = await whoRuns(executableOf(folder), options);
  if (users !== null) return `kept '${name}': ${users}`;
  if (!isHost) {
    await rm(folder, { recursive: true, force: true });
    return `removed '${name}', left by a preparation that did not end`;
  }
  return (await takeDown(folder)) ? `removed '${name}', not used for ${Math.floor(unusedMs / DAY_MS)} days` : null;
}

/** Moved out of the way first, so that nobody finds it half removed. False when it came into use meanwhile; it is put back then. */
async function takeDown(folder: string): Promise<boolean> {
  const aside = temporaryFor(folder);
  if (
    (await ignoreErrno(
      rename(folder, aside).then(() => true),
      'ENOENT',
    )) === undefined
  )
    return false;
  const unusedMs = await ageOf(aside);
  if (unusedMs !== null && unusedMs < UNUSED_MS) {
    await rename(aside, folder);
    return false;
  }
  await rm(aside, { recursive: true, force: true });
  return true;
}

/** Milliseconds since it was used; a clock that was set back makes it no older. Null when it is gone. */
async function ageOf(folder: string): Promise<number | null> {
  const info = await ignoreErrno(lstat(folder), 'ENOENT');
  return info === undefined ? null : Date.now() - info.mtimeMs;
}

/** Why an executable may be in use; null when no process has it open. */
async function whoRuns(executable: string, { lsof, timeoutMs, signal }: RemoveOldOptions): Promise<string | null> {
  // Without an executable there is nothing that could run.
  if ((await ignoreErrno(stat(executable), 'ENOENT', 'ENOTDIR')) === undefined) return null;
  const end = await runProgram(lsof, ['-w', '-t', '--', executable], { timeoutMs, signal });
  if (end.kind !== 'ended') return `whether it runs cannot be told: '${lsof}' ${describeEnd(end)}`;
  const pids = end.stdout.trim().split(/\s+/).filter(Boolean);
  if (pids.length > 0) return `it runs as process ${pids.join(', ')}`;
  // It ends with 1 when it finds nobody.
  if (end.code === 1 && end.stderr.trim() === '') return null;
  return `whether it runs cannot be told: '${lsof}' ${describeEnd(end)}`;
}
