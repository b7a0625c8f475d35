import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoreErrno } from '../util/errno.ts';

/** Every name of which there is anything in the state directory: a folder, with a record or without, or a lock. In order. */
export async function listNames(stateRoot: string): Promise<{ namespace: string; name: string }[]> {
  const found: { namespace: string; name: string }[] = [];
  for (const namespace of await entriesOf(stateRoot)) {
    if (!namespace.isDirectory() || namespace.name.startsWith('.')) continue;
    const names = new Set<string>();
    for (const entry of await entriesOf(join(stateRoot, namespace.name))) {
      const locked = /^\.(.+?)\.lock(\.takeover)*$/.exec(entry.name)?.[1];
      if (locked !== undefined) names.add(locked);
      else if (entry.isDirectory() && !entry.name.startsWith('.')) names.add(entry.name);
    }
    for (const name of [...names].sort()) found.push({ namespace: namespace.name, name });
  }
  return found;
}

async function entriesOf(directory: string) {
  const entries = (await ignoreErrno(readdir(directory, { withFileTypes: true }), 'ENOENT')) ?? [];
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
