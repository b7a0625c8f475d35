import { readdir, readlink } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { endByToken, findByMark, type MarkedProcess, markOf } from '../../process/index.ts';
import { releaseDirectory } from '../../resources/index.ts';
import { ignoreErrno } from '../../util/errno.ts';
import { HOME_LINK } from '../home/vm-home.ts';
import type { Roots } from '../options/roots.ts';
import type { Examined } from './examine.ts';
import type { GcItem } from './gc-report.ts';

/** What bears the mark of a state directory. */
export interface Marked {
  readonly processes: readonly MarkedProcess[];
  /** Runtime folders with the VM's folder that each says it belongs to. */
  readonly folders: readonly { readonly path: string; readonly home: string }[];
}

/** Something that no record and no ledger of the state directory knows, with what releases it. */
export interface Lost {
  readonly item: GcItem;
  release(): Promise<void>;
}

/** What there is of the state directory in the world. Look here first and into the records after: those are written before anything is made. */
export async function lookForMarked(roots: Roots): Promise<Marked> {
  return { processes: await findByMark(markOf(roots.state)), folders: await markedFolders(roots) };
}

/**
 * What of it nobody knows: because a state directory, or a VM's folder in it, was removed by hand. While any ledger cannot be read,
 * nobody can say that of a process.
 */
export function lostAmong({ processes, folders }: Marked, names: readonly Examined[], roots: Roots): readonly Lost[] {
  const known = new Set(names.flatMap(({ entries }) => (entries ?? []).map(({ resource }) => tokenOf(resource))));
  const legible = names.every(({ entries }) => entries !== null);
  const tokens = new Set(processes.map(({ token }) => token).filter((token) => !known.has(token)));
  const lostProcesses = [...(legible ? tokens : [])].map((token): Lost => {
    const pids = processes.filter((candidate) => candidate.token === token).map(({ identity }) => identity.pid);
    const what = `process ${pids.join(', ')}`;
    return { item: { vm: null, what, why: NOBODYS }, release: () => endByToken(token) };
  });
  const lostFolders = folders.filter(({ path, home }) => !isKnown(path, home, names));
  return [
    ...lostProcesses,
    ...lostFolders.map(({ path }): Lost => {
      const release = () => releaseDirectory(path, { roots: [roots.runtime] }, roots.fileSystem);
      return { item: { vm: null, what: `directory ${path}`, why: NOBODYS }, release };
    }),
  ];
}

const NOBODYS = 'it is of this state directory, and no VM in it knows it any more';

function isKnown(path: string, home: string, names: readonly Examined[]): boolean {
  const owner = names.find(({ layout }) => layout.stateDir === home);
  if (owner === undefined) return false;
  // What an unreadable record says is not known; what is in the ledger is released with the rest of that.
  if (owner.record === null || owner.record.runtimeDir === path) return true;
  return owner.entries === null || owner.entries.some(({ resource }) => 'path' in resource && resource.path === path);
}

function tokenOf(resource: { readonly kind: string; readonly token?: string }): string | undefined {
  return resource.kind === 'process' ? resource.token : undefined;
}

async function markedFolders({ state, runtime }: Roots): Promise<Marked['folders']> {
  const names = (await ignoreErrno(readdir(runtime), 'ENOENT')) ?? [];
  const found = await Promise.all(
    names.map(async (name) => {
      const path = join(runtime, name);
      // Other state directories may share the folder; theirs say so, and what says nothing is nobody's to judge.
      const home = await ignoreErrno(readlink(join(path, HOME_LINK)), 'ENOENT', 'ENOTDIR', 'EINVAL', 'EACCES');
      return home?.startsWith(state + sep) ? [{ path, home }] : [];
    }),
  );
  return found.flat();
}
