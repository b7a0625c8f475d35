import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What exists outside of this program's memory that a VM could leave behind: files under the given folders, unix sockets bound
 * there, and child processes of ours. Where the host has no procfs, files are all that can be told.
 */
export async function lookAround(folders: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (const folder of folders) {
    for (const name of await readdir(folder, { recursive: true })) found.add(`file ${join(folder, name)}`);
  }
  if (process.platform !== 'linux') return found;
  const sockets = (await readFile('/proc/net/unix', 'utf8')).split('\n').map((line) => line.split(/\s+/)[7] ?? '');
  for (const socket of sockets.filter((path) => folders.some((folder) => path.startsWith(`${folder}/`))))
    found.add(`socket ${socket}`);
  for (const child of await children()) found.add(`process ${child}`);
  return found;
}

async function children(): Promise<readonly string[]> {
  const lists = await Promise.all((await readdir('/proc/self/task')).map(childrenOfThread));
  return lists.flatMap((list) => list.split(' ')).filter((pid) => pid.trim() !== '');
}

async function childrenOfThread(thread: string): Promise<string> {
  const folder = `/proc/self/task/${thread}`;
  try {
    return await readFile(`${folder}/children`, 'utf8');
  } catch (error) {
    // Only a thread that has ended has no children to tell of; anything else would make "nothing left behind" a guess.
    if (existsSync(folder)) throw error;
    return '';
  }
}
