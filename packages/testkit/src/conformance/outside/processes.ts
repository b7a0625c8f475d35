import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ProcessIdentity } from '@vmrs/core';

/** Name of the variable by which the suite recognises every process that descends from one of its checks. */
export const MARK = 'VMRS_CONFORMANCE_CHECK';

/** A process as it is seen from outside. */
export interface SeenProcess {
  readonly pid: number;
  readonly command: string;
}

/** Living processes other than this one whose environment holds `mark`. Finds those too that a driver started behind core's back. */
export async function markedProcesses(mark: string): Promise<readonly SeenProcess[]> {
  const all = process.platform === 'linux' ? await fromProcfs(`${MARK}=${mark}`) : await fromPs(`${MARK}=${mark}`);
  return all.filter(({ pid }) => pid !== process.pid);
}

/** Whether the process lives at this very moment; a zombie does not. Looks without letting anything else happen meanwhile. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (process.platform !== 'linux') return signalFromOutside(identity.pid, 0);
  let stat: string;
  try {
    stat = readFileSync(`/proc/${identity.pid}/stat`, 'utf8');
  } catch (error) {
    // ESRCH: it ended while it was being read.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return false;
    throw error;
  }
  // The command may hold anything, so the fields are counted from its closing parenthesis: state is field 3, number of threads 20, start time 22.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A first thread that has ended is a zombie while others still run, and hold its files, sockets and locks.
  const ended = (fields[0] === 'Z' || fields[0] === 'X') && Number(fields[17]) <= 1;
  return fields[19] === identity.startTime && !ended;
}

/** What an administrator could do to a process of the check. Returns false when it is gone. */
export function signalFromOutside(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

async function fromProcfs(entry: string): Promise<SeenProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const seen = await Promise.all(
    pids.map(async (pid) => {
      // Processes of other users and processes that end meanwhile cannot be read, and are none of ours.
      const environment = await orNull(readFile(`/proc/${pid}/environ`, 'utf8'));
      if (environment === null || !environment.split('\0').includes(entry)) return null;
      const command = await orNull(readFile(`/proc/${pid}/cmdline`, 'utf8'));
      return command === null || command === ''
        ? null
        : { pid: Number(pid), command: command.replaceAll('\0', ' ').trim() };
    }),
  );
  return seen.filter((found) => found !== null);
}

async function fromPs(entry: string): Promise<SeenProcess[]> {
  const { stdout } = await promisify(execFile)('ps', ['eww', '-axo', 'pid=,command='], { maxBuffer: 64 * 1024 * 1024 });
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+) (.*)$/.exec(line);
    return match !== null && line.includes(entry) ? [{ pid: Number(match[1]), command: match[2] ?? '' }] : [];
  });
}

async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch {
    return null; // See the callers: unreadable means none of ours.
  }
}
