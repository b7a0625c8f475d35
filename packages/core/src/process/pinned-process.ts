import { closeSync, openSync, readSync } from 'node:fs';
import type { ProcessIdentity } from '../contract/index.ts';
import { errnoOf } from '../util/errno.ts';
import { parseProcStat } from './proc-stat.ts';

/** A handle on one process, and on no later one with the same pid. */
export interface PinnedProcess {
  /** Whether it is still there; a zombie is gone. One read of about 7 us. */
  life(): 'alive' | 'gone' | { readonly unknown: string };
  /** Lets go of the handle. May be called again. */
  close(): void;
}

/** A line of `/proc/<pid>/stat` is at most about 400 bytes long. */
const LONGEST_STAT = 1024;

/**
 * Keeps `/proc/<pid>/stat` open. The open file belongs to this very process: once it has been reaped every read fails with
 * ESRCH, also when the pid, or even pid and start tick, belong to another process by then. Null where that is not to be
 * had (not Linux, already gone, not readable); ask by identity then.
 */
export function pinProcess(identity: ProcessIdentity): PinnedProcess | null {
  if (process.platform !== 'linux') return null;
  let fd: number;
  try {
    fd = openSync(`/proc/${identity.pid}/stat`, 'r');
  } catch {
    // Whatever the reason, asking by identity reports it with more to say about it.
    return null;
  }
  const pin = new StatHandle(fd);
  // Opened by pid: what was opened must be checked before it is trusted.
  if (pin.startTime() === identity.startTime) return pin;
  pin.close();
  return null;
}

class StatHandle implements PinnedProcess {
  readonly #buffer = Buffer.allocUnsafe(LONGEST_STAT);
  #fd: number | null;

  constructor(fd: number) {
    this.#fd = fd;
  }

  life(): 'alive' | 'gone' | { readonly unknown: string } {
    try {
      const stat = this.#read();
      if (stat === null) return { unknown: 'its stat file in /proc cannot be read' };
      return stat.zombie ? 'gone' : 'alive';
    } catch (error) {
      if (errnoOf(error) === 'ESRCH') return 'gone';
      return { unknown: `its stat file in /proc cannot be read (${errnoOf(error)})` };
    }
  }

  startTime(): string | null {
    try {
      return this.#read()?.startTime ?? null;
    } catch (error) {
      if (errnoOf(error) === 'ESRCH') return null;
      throw error;
    }
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #read() {
    if (this.#fd === null) return null;
    const length = readSync(this.#fd, this.#buffer, 0, LONGEST_STAT, 0);
    return parseProcStat(this.#buffer.toString('latin1', 0, length));
  }
}
