import type { AppendHandle, FileSystem } from '@vmrs/core';

/** What a step does: a method of the file system, or of a file that it has opened. */
export type StepOperation = keyof FileSystem | `openAppend.${Exclude<keyof AppendHandle, 'content' | 'close'>}`;

/** One thing that is written. */
export interface Step {
  readonly operation: StepOperation;
  /** The file or directory that is made, changed or removed. */
  readonly path: string;
  /** The new name that it gets by `rename` or `link`; null else. */
  readonly dest: string | null;
  /** Counts the steps of one wrapped file system from 1, in the order in which they begin. */
  readonly number: number;
}
