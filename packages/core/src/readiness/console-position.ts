import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ignoreErrno } from '../util/errno.ts';

/** A place in a console log. Plain data, so that it can be kept on disk. Holds for one file: a rotated log is another one. */
export interface ConsolePosition {
  /** Device number of the file, as decimal text; empty when there was no file yet. */
  readonly device: string;
  /** Inode number of the file, as decimal text; empty when there was no file yet. */
  readonly inode: string;
  /** Bytes of the file that lie before this place. */
  readonly offset: number;
}

/** The end of the file as it is now; the beginning when there is no file yet. Throws the system's error. */
export async function currentPosition(path: string): Promise<ConsolePosition> {
  const stats = await ignoreErrno(stat(path, { bigint: true }), 'ENOENT');
  return stats === undefined ? NOWHERE : positionIn(stats, Number(stats.size));
}

/** The place `offset` bytes into the file with these stats. */
export function positionIn(stats: BigIntStats, offset: number): ConsolePosition {
  return { device: String(stats.dev), inode: String(stats.ino), offset };
}

/** Whether both places lie in the same file. */
export function sameFile(a: ConsolePosition, b: ConsolePosition): boolean {
  return a.device === b.device && a.inode === b.inode;
}

/** The beginning of a file that does not exist yet. */
export const NOWHERE: ConsolePosition = Object.freeze({ device: '', inode: '', offset: 0 });
