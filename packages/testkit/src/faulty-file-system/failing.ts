import type { FileSystem } from '@vmrs/core';
import { interposed } from './interposed.ts';
import type { Step } from './step.ts';
import { systemError } from './system-error.ts';

/** How a step fails. */
export interface FailureOptions {
  /** Whether a step that writes bytes leaves the first half of them, as a full disk does. Default false: none. */
  readonly halfWritten?: boolean;
}

/**
 * The same file system, on which exactly the step of that number fails with `errno` (`ENOSPC`). Throws `TypeError` for an error that
 * this system does not have.
 */
export function failingAt(
  fileSystem: FileSystem,
  number: number,
  errno: string,
  options: FailureOptions = {},
): FileSystem {
  return failingWhere(fileSystem, (step) => step.number === number, errno, options);
}

/** Like {@link failingAt}, for every step that `fails` picks: a disk that is full from some step on, one file that is damaged. */
export function failingWhere(
  fileSystem: FileSystem,
  fails: (step: Step) => boolean,
  errno: string,
  { halfWritten = false }: FailureOptions = {},
): FileSystem {
  // A wrong name shows now and not when its turn comes.
  systemError(errno, { operation: 'touch', path: '', dest: null, number: 0 });
  return interposed(fileSystem, async (step, act, actHalf) => {
    if (!fails(step)) return act();
    if (halfWritten) await actHalf?.();
    throw systemError(errno, step);
  });
}
