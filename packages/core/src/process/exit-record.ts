import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import type { ProcessExit } from '../contract/index.ts';
import { errnoOf } from '../util/errno.ts';

/** How shells tell that a signal ended a program: the signal's number and this. */
const SIGNALLED = 128;

/** The file in which the keeper of a VM's process writes how that ended. */
export function exitRecordFile(runtimeDir: string, role: string): string {
  return join(runtimeDir, `${role}.exit`);
}

/**
 * How the process with that token, or null for any, ended; null as long as nothing is, or is wholly, written. An exit code above 128 cannot be told from a
 * signal and counts as one; no VMM is known to end with such a code of its own accord. Throws the system's error.
 */
export function readExitRecord(file: string, token: string | null): ProcessExit | null {
  try {
    return parseExitRecord(readFileSync(file, 'latin1'), token);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Reads the text of an exit record. */
export function parseExitRecord(text: string, token: string | null): ProcessExit | null {
  const [, found, status] = /^(\S+) (\d{1,3})\n$/.exec(text) ?? [];
  if (found === undefined || (token !== null && found !== token)) return null;
  const code = Number(status);
  const signal = code > SIGNALLED ? signalName(code - SIGNALLED) : undefined;
  return signal === undefined ? { code, signal: null, known: true } : { code: null, signal, known: true };
}

function signalName(number: number): NodeJS.Signals | undefined {
  // Some numbers have two names, of which the first is the usual one.
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] as NodeJS.Signals | undefined;
}
