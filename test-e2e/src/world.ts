import { randomUUID } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** In the environment of this test program, and so of everything it starts, directly or not. */
export const MARK = 'VMRS_E2E_MARK';

/** Puts the mark into this program's environment, so that everything it starts from now on carries it. */
export function markThisProgram(): void {
  process.env[MARK] ??= randomUUID();
}

/**
 * What exists outside of this program's memory that a VM could leave behind: files and unix sockets under `folders`, processes
 * that carry the mark of this program, and its own open files.
 */
export async function lookAround(folders: readonly string[]): Promise<readonly string[]> {
  // First and alone: the looks at other things open files themselves.
  const open = await openFiles();
  const lists = await Promise.all([files(folders), sockets(folders), processes()]);
  return [...open, ...lists.flat()].toSorted();
}

async function files(folders: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(folder, { recursive: true })).map((name) => `file ${join(folder, name)}`),
    ),
  );
  return found.flat();
}

async function sockets(folders: readonly string[]): Promise<readonly string[]> {
  const table = await readFile('/proc/net/unix', 'utf8');
  const paths = table.split('\n').map((line) => line.trim().split(/\s+/)[7] ?? '');
  return paths
    .filter((path) => folders.some((folder) => path.startsWith(`${folder}/`)))
    .map((path) => `socket ${path}`);
}

/** The processes that carry the mark of this program, other than this one, as `process <pid> <program>`. */
export async function processes(): Promise<readonly string[]> {
  return markedProcesses(process.env[MARK] ?? '');
}

/** The processes that carry a mark, other than this one, as `process <pid> <program>`. */
export async function markedProcesses(value: string): Promise<readonly string[]> {
  const mark = `${MARK}=${value}`;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => {
      // A process may end while it is being looked at.
      const environ = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      if (!environ.split('\0').includes(mark)) return [];
      return [`process ${pid} ${(await readFile(`/proc/${pid}/comm`, 'latin1').catch(() => '')).trim()}`];
    }),
  );
  return found.flat();
}

async function openFiles(): Promise<readonly string[]> {
  const links = await Promise.all(
    // The descriptor by which the folder itself is read is gone by now.
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => null)),
  );
  // libuv opens one inotify descriptor per event loop at the first watch and keeps it.
  return links.filter((link) => link !== null && link !== 'anon_inode:inotify').map((link) => `open file ${link}`);
}
