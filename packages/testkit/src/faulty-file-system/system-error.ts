import { getSystemErrorMap } from 'node:util';
import type { Step, StepOperation } from './step.ts';

/** The error with which Node.js would tell that the step has failed. Throws `TypeError` for a code that this system does not have. */
export function systemError(code: string, { operation, path, dest }: Step): NodeJS.ErrnoException {
  const found = [...getSystemErrorMap()].find(([, [name]]) => name === code);
  if (found === undefined) throw new TypeError(`'${code}' is no error of this system`);
  const [errno, [, text]] = found;
  const syscall = SYSCALLS[operation];
  const error = Object.assign(new Error(`${code}: ${text}, ${syscall}`), { errno, code, syscall });
  // What fails on an open file is told without its path.
  if (operation.startsWith('openAppend.')) return error;
  error.message += dest === null ? ` '${path}'` : ` '${path}' -> '${dest}'`;
  return Object.assign(error, dest === null ? { path } : { path, dest });
}

const SYSCALLS: Readonly<Record<StepOperation, string>> = {
  makeDirectory: 'mkdir',
  createFile: 'open',
  touch: 'open',
  append: 'open',
  openAppend: 'open',
  'openAppend.append': 'write',
  'openAppend.truncate': 'ftruncate',
  rename: 'rename',
  link: 'link',
  copyFile: 'copyfile',
  symlink: 'symlink',
  unlink: 'unlink',
  removeDirectory: 'rmdir',
  removeTree: 'rm',
  syncDirectory: 'fsync',
};
