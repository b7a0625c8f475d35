import type { ProcessIdentity } from '../contract/index.ts';
import { VmError } from '../errors/index.ts';
import { darwinHost, findDarwinProcess } from './darwin.ts';
import { findLinuxProcess, linuxHost } from './linux.ts';
import type { HostIdentity, ProcessLookup, TableEntry, Unknown } from './process-lookup.ts';

/** What became of a recorded process. `replaced`: it is gone and another one has its pid. */
export type Fate =
  | { readonly status: 'alive' | 'gone' }
  | { readonly status: 'replaced'; readonly found: ProcessIdentity }
  | Unknown;

/** Who is behind a pid now. What cannot be found out is `unknown`, never `gone`. Throws `TypeError` for what is no pid. */
export async function lookupProcess(pid: number): Promise<ProcessLookup> {
  if (!Number.isSafeInteger(pid) || pid <= 0) throw new TypeError(`not a pid: ${pid}`);
  const host = await readHost();
  if (host.status === 'unknown') return host;
  const found = await findProcess(pid);
  if (found.status === 'gone' || found.status === 'unknown') return found;
  const { bootId, pidNamespace } = host;
  return { status: found.status, identity: { pid, startTime: found.startTime, bootId, pidNamespace } };
}

/** The identity of this process. Throws `IO` where processes cannot be told apart. */
export async function selfIdentity(): Promise<ProcessIdentity> {
  const self = await lookupProcess(process.pid);
  if (self.status === 'alive') return self.identity;
  const reason = self.status === 'unknown' ? self.reason : 'it is not in the process table';
  const detail = `this process cannot be identified, so nothing can be locked in its name: ${reason}`;
  throw new VmError('IO', { detail, details: {}, ...(self.status === 'unknown' ? { cause: self.cause } : {}) });
}

/**
 * What became of a recorded process: alive only if pid, start time, boot and pid namespace are all the recorded ones and
 * it is no zombie. A process of an earlier boot is gone. A pid counted in another pid namespace says nothing here.
 */
export async function fateOf(identity: ProcessIdentity): Promise<Fate> {
  const host = await readHost();
  if (host.status === 'unknown') return host;
  if (host.bootId !== identity.bootId) return { status: 'gone' };
  if (host.pidNamespace !== identity.pidNamespace) {
    return {
      status: 'unknown',
      reason: `process ${identity.pid} was recorded in another pid namespace (a container?)`,
    };
  }
  const now = await findProcess(identity.pid);
  if (now.status === 'gone' || now.status === 'unknown') return now;
  if (now.startTime !== identity.startTime) {
    return { status: 'replaced', found: { ...identity, startTime: now.startTime } };
  }
  return { status: now.status === 'zombie' ? 'gone' : 'alive' };
}

/** {@link fateOf} for those who only ask whether it lives. */
export async function checkIdentity(identity: ProcessIdentity): Promise<'alive' | 'gone' | { unknown: string }> {
  const fate = await fateOf(identity);
  switch (fate.status) {
    case 'alive':
      return 'alive';
    case 'gone':
    case 'replaced':
      return 'gone';
    case 'unknown':
      return { unknown: fate.reason };
  }
}

/** Whether two identities are of one process. */
export function sameProcess(a: ProcessIdentity, b: ProcessIdentity): boolean {
  return a.pid === b.pid && a.startTime === b.startTime && a.bootId === b.bootId && a.pidNamespace === b.pidNamespace;
}

/** Whether a value read from a file is a {@link ProcessIdentity}. */
export function isProcessIdentity(value: unknown): value is ProcessIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, startTime, bootId, pidNamespace } = value as Partial<Record<keyof ProcessIdentity, unknown>>;
  if (!Number.isSafeInteger(pid) || Number(pid) <= 0) return false;
  return typeof startTime === 'string' && typeof bootId === 'string' && typeof pidNamespace === 'string';
}

async function readHost(): Promise<HostIdentity> {
  switch (process.platform) {
    case 'linux':
      return linuxHost();
    case 'darwin':
      return darwinHost();
    default:
      return unsupported();
  }
}

async function findProcess(pid: number): Promise<TableEntry> {
  switch (process.platform) {
    case 'linux':
      return findLinuxProcess(pid);
    case 'darwin':
      return findDarwinProcess(pid);
    default:
      return unsupported();
  }
}

function unsupported(): Unknown {
  return { status: 'unknown', reason: `processes cannot be told apart on ${process.platform} yet` };
}
