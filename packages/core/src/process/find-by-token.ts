import { createHash, randomUUID } from 'node:crypto';
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

/** What all tokens of one state directory begin with, so that its processes are known even when it has lost everything about them. */
export function markOf(stateRoot: string): string {
  return createHash('sha256').update(stateRoot).digest('hex').slice(0, 12);
}

/** A token that nothing else has. */
export function newToken(mark: string): string {
  return `${mark}-${randomUUID()}`;
}

/** A living process with the token that it was started with. */
export interface MarkedProcess {
  readonly identity: ProcessIdentity;
  readonly token: string;
}

/**
 * The living processes that were started with `VMRS_TOKEN=<token>`, helpers that inherited it included; never this process.
 * Walks over the whole process table (about 15 us per process on Linux), so it is for recovery only. A process whose
 * environment the system keeps from us is not found: another user's, and on Linux a program with file capabilities.
 */
export async function findByToken(token: string): Promise<ProcessIdentity[]> {
  if (!isToken(token)) throw new TypeError('a token is at least 16 letters, digits and hyphens');
  return (await find((found) => found === token)).map(({ identity }) => identity);
}

/** The living processes whose token begins with `mark`; see {@link findByToken}, also for what is not found. */
export async function findByMark(mark: string): Promise<readonly MarkedProcess[]> {
  return find((found) => found.startsWith(`${mark}-`));
}

/** The token in the content of `/proc/<pid>/environ`; null when it has none. */
export function tokenInEnviron(environ: string): string | null {
  const prefix = `${TOKEN_VARIABLE}=`;
  const entry = environ.split('\0').find((candidate) => candidate.startsWith(prefix));
  return entry?.slice(prefix.length) ?? null;
}

/** The tokens in the output of `ps -A -E -ww -o pid=,command=`, by pid. */
export function tokensInPs(text: string): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [, pid, token = ''] = /^ *(\d+) .* VMRS_TOKEN=([A-Za-z0-9-]+)(?: |$)/.exec(line) ?? [];
    if (pid !== undefined) found.set(Number(pid), token);
  }
  return found;
}

async function find(matches: (token: string) => boolean): Promise<MarkedProcess[]> {
  const tokens = process.platform === 'darwin' ? await darwinTokens() : linuxTokens();
  const found: MarkedProcess[] = [];
  for (const [pid, token] of tokens) {
    if (pid === process.pid || !matches(token)) continue;
    const lookup = await lookupProcess(pid);
    if (lookup.status === 'alive') found.push({ identity: lookup.identity, token });
  }
  return found;
}

function linuxTokens(): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const pid of readdirSync('/proc').map(Number).filter(Number.isSafeInteger)) {
    const token = tokenInEnviron(readEnviron(pid));
    if (token !== null) found.set(pid, token);
  }
  return found;
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

async function darwinTokens(): Promise<ReadonlyMap<number, string>> {
  const { execa } = await import('execa');
  const { stdout } = await execa('/bin/ps', ['-A', '-E', '-ww', '-o', 'pid=,command='], {
    stdin: 'ignore',
    env: { LC_ALL: 'C' },
  });
  return tokensInPs(stdout);
}
