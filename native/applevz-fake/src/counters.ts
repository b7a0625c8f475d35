import { readFile } from 'node:fs/promises';
import type { AppleVzAddon } from '@vmrs/applevz-addon';

/** What the double counts, of one process. */
export interface FakeCounters {
  /** Machines that were made. */
  readonly made: number;
  /** Machines that are alive. */
  readonly alive: number;
  /** Uses of a machine, or of one of its devices, that were not on its queue. On a Mac each ends the process. */
  readonly offQueue: number;
  /** Exceptions that the framework has raised. */
  readonly exceptions: number;
}

/** What an addon that is built with the double exports besides its own. */
export interface FakeExports {
  readonly double: { counters(): FakeCounters };
}

/** The counters of this process. Throws a TypeError for an addon without the double. */
export function fakeCounters(addon: AppleVzAddon): FakeCounters {
  if (!('double' in addon)) throw new TypeError('that addon was not built with the double');
  return (addon as AppleVzAddon & FakeExports).double.counters();
}

/** What the processes that have ended wrote to the file of `FakeSettings.log`, in the order in which they ended. Empty without the file. */
export async function readCounterLog(path: string): Promise<readonly (FakeCounters & { readonly pid: number })[]> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  });
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as FakeCounters & { readonly pid: number });
}
