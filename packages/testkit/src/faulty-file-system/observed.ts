import type { FileSystem } from '@vmrs/core';
import { interposed } from './interposed.ts';
import type { Step } from './step.ts';

/** Who is told of the steps. What it throws, the caller of the step gets. */
export interface StepObserver {
  /** The step is about to be taken; when this throws, it is not. */
  readonly before?: (step: Step) => void | Promise<void>;
  /** The step was taken. Not called for one that has failed. */
  readonly after?: (step: Step) => void | Promise<void>;
}

/** The same file system, with somebody who is told of each step: to keep a list, or to end the process at one of them. */
export function observed(fileSystem: FileSystem, { before, after }: StepObserver): FileSystem {
  return interposed(fileSystem, async (step, act) => {
    await before?.(step);
    const result = await act();
    await after?.(step);
    return result;
  });
}
