import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessIdentity } from '../contract/index.ts';
import { errnoOf } from '../util/errno.ts';
import { lookupProcess } from './identity.ts';

/** The environment variable that marks the processes of a VM. */
export const TOKEN_VARIABLE = 'VMRS_TOKEN';

/** A shorter token might stand in the environment of a stranger. */
const SHORTEST_TOKEN = 16;

/** Whether a text can serve as a token. */
export function isToken(value: unknown): value is string {
  return typeof value === 'string' && value.length >= SHORTEST_TOKEN && /^[A-Za-z0-9-]+$/.test(value);
}

/**
 * The living processes that were started with `VMRS_TOKEN=<token>`, helpers that inherited it included; never this process.
 * Walks over the whole process table (about 15 us per process on Linux), so it is for recovery only. A process whose
 * environment the system keeps from us is not found: another user's, and on Linux a program with file capabilities.
 */
export async function findByToken(token: string): Promise<ProcessIdentity[]> {
  if (!isToken(token)) throw new TypeError('a token is at least 16 letters, digits and hyphens');
  const pids = process.platform === 'darwin' ? await darwinPids(token) : linuxPids(token);
  const found: ProcessIdentity[] = [];
  for (const pid of pids) {
    const lookup = await lookupProcess(pid);
    if (lookup.status === 'alive') found.push(lookup.identity);
  }
  return found;
}

/** Whether the content of `/proc/<pid>/environ` holds the token. */
export function environHasToken(environ: string, token: string): boolean {
  return `\0${environ}`.includes(`\0${TOKEN_VARIABLE}=${token}\0`);
}

/** The pids in the output of `ps -A -E -ww -o pid=,command=` whose environment holds the token. */
export function parsePsEnvironments(text: string, token: string): number[] {
  const marked = text.split('\n').filter((line) => `${line} `.includes(` ${TOKEN_VARIABLE}=${token} `));
  return marked
    .map((line) => Number.parseInt(line, 10))
    .filter((pid) => Number.isSafeInteger(pid) && pid !== process.pid);
}

function linuxPids(token: string): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isSafeInteger);
  return pids.filter((pid) => pid !== process.pid && environHasToken(readEnviron(pid), token));
}

function readEnviron(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1');
  } catch (error) {
    // Ended meanwhile, or not ours to look into.
    if (['ENOENT', 'ESRCH', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) return '';
    throw error;
  }
}

async function darwinPids(token: string): Promise<number[]> {
  const { execa } = await import('execa');
  const { stdout } = await execa('/bin/ps', ['-A', '-E', '-ww', '-o', 'pid=,command='], {
    stdin: 'ignore',
    env: { LC_ALL: 'C' },
  });
  return parsePsEnvironments(stdout, token);
}
