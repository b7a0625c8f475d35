import type { AppendHandle, FileSystem } from '@vmrs/core';
import type { Step, StepOperation } from './step.ts';

/**
 * Stands between a caller and a step: does it by `act`, or not. `actHalf` writes the first half of the bytes and is null for a step
 * that writes none.
 */
export type Interposition = <T>(
  step: Step,
  act: () => Promise<T>,
  actHalf: (() => Promise<unknown>) | null,
) => Promise<T>;

/** A file system of which every step goes through `interpose`. Closing a file is none: nothing is written by it. */
export function interposed(fileSystem: FileSystem, interpose: Interposition): FileSystem {
  let count = 0;
  const step = <T>(
    operation: StepOperation,
    path: string,
    act: () => Promise<T>,
    { actHalf, dest }: { readonly actHalf?: () => Promise<unknown>; readonly dest?: string } = {},
  ): Promise<T> => {
    count += 1;
    return interpose({ operation, path, dest: dest ?? null, number: count }, act, actHalf ?? null);
  };
  const opened = (path: string, handle: AppendHandle): AppendHandle => ({
    content: handle.content,
    append: (bytes) =>
      step('openAppend.append', path, () => handle.append(bytes), { actHalf: () => handle.append(firstHalf(bytes)) }),
    truncate: (size) => step('openAppend.truncate', path, () => handle.truncate(size)),
    close: () => handle.close(),
  });
  return {
    makeDirectory: (path, mode) => step('makeDirectory', path, () => fileSystem.makeDirectory(path, mode)),
    createFile: (path, data, mode) =>
      step('createFile', path, () => fileSystem.createFile(path, data, mode), {
        actHalf: () => fileSystem.createFile(path, firstHalf(Buffer.from(data)), mode),
      }),
    touch: (path, mode) => step('touch', path, () => fileSystem.touch(path, mode)),
    append: (path, text, mode) =>
      step('append', path, () => fileSystem.append(path, text, mode), {
        actHalf: () => fileSystem.append(path, text.slice(0, text.length / 2), mode),
      }),
    openAppend: async (path, mode) =>
      opened(path, await step('openAppend', path, () => fileSystem.openAppend(path, mode))),
    rename: (from, to) => step('rename', from, () => fileSystem.rename(from, to), { dest: to }),
    link: (existing, path) => step('link', existing, () => fileSystem.link(existing, path), { dest: path }),
    copyFile: (source, path, how) =>
      step('copyFile', source, () => fileSystem.copyFile(source, path, how), { dest: path }),
    symlink: (target, path) => step('symlink', path, () => fileSystem.symlink(target, path)),
    unlink: (path) => step('unlink', path, () => fileSystem.unlink(path)),
    removeDirectory: (path) => step('removeDirectory', path, () => fileSystem.removeDirectory(path)),
    removeTree: (path) => step('removeTree', path, () => fileSystem.removeTree(path)),
    syncDirectory: (path) => step('syncDirectory', path, () => fileSystem.syncDirectory(path)),
  };
}

function firstHalf(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}
