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

/** Folders of namespaces in which there is nothing. A name is taken by making the folder first, so one may be about to be used. */
export async function emptyNamespaces(stateRoot: string): Promise<readonly string[]> {
  const empty: string[] = [];
  for (const namespace of await entriesOf(stateRoot)) {
    const path = join(stateRoot, namespace.name);
    if (!namespace.isDirectory() || namespace.name.startsWith('.')) continue;
    if ((await entriesOf(path)).length === 0) empty.push(path);
  }
  return empty;
}

async function entriesOf(directory: string) {
  const entries = (await ignoreErrno(readdir(directory, { withFileTypes: true }), 'ENOENT')) ?? [];
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}
