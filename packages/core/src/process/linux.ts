import { readFileSync, readlinkSync } from 'node:fs';
import { errnoOf } from '../util/errno.ts';
import { pidExists } from './pid-exists.ts';
import { parseProcStat } from './proc-stat.ts';
import type { HostIdentity, TableEntry, Unknown } from './process-lookup.ts';

// Reads are synchronous on purpose: procfs answers from memory, in about 15 us; through the thread pool the same
// takes 100 to 400 us. It also leaves no turn of the event loop between a check and what depends on it.

/** Boot id and pid namespace as procfs tells them. */
export function linuxHost(): HostIdentity {
  try {
    // After `unshare --pid` without a new mount of /proc, pids there are those of another namespace: of strangers.
    const self = readlinkSync('/proc/self');
    if (self !== String(process.pid)) return unknown(`/proc shows another pid namespace (this process as ${self})`);
    const pidNamespace = /^pid:\[(\d+)\]$/.exec(readlinkSync('/proc/self/ns/pid'))?.[1];
    if (pidNamespace === undefined) return unknown('/proc/self/ns/pid names no namespace');
    return { status: 'known', bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(), pidNamespace };
  } catch (error) {
    const code = errnoOf(error);
    const advice =
      code === 'EMFILE' || code === 'ENFILE' ? 'raise the limit of open files (ulimit -n)' : 'is it mounted?';
    return unknown(`/proc cannot be read (${code}); ${advice}`, error);
  }
}

/** Looks a pid up in procfs. What cannot be read is `unknown`, never `gone`. */
export function findLinuxProcess(pid: number): TableEntry {
  const first = readStat(pid);
  if (first.status !== 'gone' || !pidExists(pid)) return first;
  // It was born just now, or procfs is mounted with `hidepid` and does not show it.
  const second = readStat(pid);
  if (second.status !== 'gone' || !pidExists(pid)) return second;
  return unknown(`process ${pid} exists but /proc does not show it; it belongs to another user and /proc hides those`);
}

function readStat(pid: number): TableEntry {
  try {
    const stat = parseProcStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    if (stat === null) return unknown(`/proc/${pid}/stat is not in the known form`);
    return { status: stat.zombie ? 'zombie' : 'alive', startTime: stat.startTime };
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ESRCH') return { status: 'gone' };
    return unknown(`/proc/${pid}/stat cannot be read (${code})`, error);
  }
}

function unknown(reason: string, cause?: unknown): Unknown {
  return { status: 'unknown', reason, ...(cause === undefined ? {} : { cause }) };
}
