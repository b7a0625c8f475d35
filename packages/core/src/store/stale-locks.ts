import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessIdentity } from '../contract/index.ts';
import { checkIdentity } from '../process/identity.ts';
import { ignoreErrno } from '../util/errno.ts';
import { lockHolder } from './lock.ts';

/**
 * The names that are locked by controllers that are gone. A controller that ends in good order leaves no lock, so this is what crashed ones
 * had in hand, however many other VMs there are. A state directory that does not exist has none. Throws the system's error.
 */
export async function listStaleLocks(stateRoot: string): Promise<{ namespace: string; name: string }[]> {
  const lives = rememberingLives();
  const found: { namespace: string; name: string }[] = [];
  for (const { name: namespace } of await directoriesIn(stateRoot)) {
    for (const entry of (await ignoreErrno(readdir(join(stateRoot, namespace)), 'ENOENT')) ?? []) {
      const name = /^\.(.+)\.lock$/.exec(entry)?.[1];
      if (name === undefined) continue;
      const holder = await lockHolder(join(stateRoot, namespace, entry));
      if (holder !== null && !(await lives(holder))) found.push({ namespace, name });
    }
  }
  return found;
}

async function directoriesIn(directory: string) {
  const entries = (await ignoreErrno(readdir(directory, { withFileTypes: true }), 'ENOENT')) ?? [];
  return entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
}

/** Asks once for each process: one controller may hold a thousand names. What cannot be told counts as living. */
function rememberingLives(): (holder: ProcessIdentity) => Promise<boolean> {
  const known = new Map<string, boolean>();
  return async (holder) => {
    const key = JSON.stringify(holder);
    const before = known.get(key);
    if (before !== undefined) return before;
    const alive = (await checkIdentity(holder)) !== 'gone';
    known.set(key, alive);
    return alive;
  };
}
