import type { ProcessIdentity } from '../contract/index.ts';
import { checkIdentity } from '../process/identity.ts';
import { vmLayout } from './layout.ts';
import { lockHolder } from './lock.ts';
import { listNames } from './names.ts';

/**
 * The names that are locked by controllers that are gone. A controller that ends in good order leaves no lock, so this is what crashed ones
 * had in hand, however many other VMs there are. A state directory that does not exist has none. Throws the system's error.
 */
export async function listStaleLocks(stateRoot: string): Promise<{ namespace: string; name: string }[]> {
  const lives = rememberingLives();
  const stale: { namespace: string; name: string }[] = [];
  for (const key of await listNames(stateRoot)) {
    const holder = await lockHolder(vmLayout(stateRoot, key.namespace, key.name).lockFile);
    if (holder !== null && !(await lives(holder))) stale.push(key);
  }
  return stale;
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
