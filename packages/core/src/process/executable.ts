import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs';
import type { ProcessCommand } from '../contract/index.ts';
import { VmError } from '../errors/index.ts';
import { errnoOf } from '../util/errno.ts';

/** What of a script is looked at for its interpreter; Linux itself reads 256 bytes. */
const SHEBANG_BYTES = 256;

type Program = Pick<ProcessCommand, 'file' | 'cwd'>;

/**
 * Checks that a program can be executed, as far as that can be told without trying: a shell that fails to execute it tells no more than an
 * exit code. Throws `HYPERVISOR` with operation `spawn`.
 */
export function assertExecutable(program: Program): void {
  const { file, cwd } = program;
  if (file.includes('\0') || cwd?.includes('\0')) throw new TypeError('the path of a program must not contain NUL');
  try {
    if (cwd !== undefined) statSync(cwd);
    if (!statSync(file).isFile()) throw Object.assign(new Error('not a file'), { code: 'EACCES' });
    accessSync(file, constants.X_OK);
    const interpreter = interpreterOf(file);
    if (interpreter !== null) accessSync(interpreter, constants.X_OK);
  } catch (error) {
    throw cannotStart(program, error);
  }
}

/** The refusal of a program that cannot be started, with what to do. */
export function cannotStart(program: Program, cause: unknown): VmError<'HYPERVISOR'> {
  const native = cause instanceof Error ? cause.message : String(cause);
  const detail = `'${program.file}' cannot be started: ${whyNot(program, errnoOf(cause) ?? native)}`;
  return new VmError('HYPERVISOR', { detail, details: { operation: 'spawn', native }, cause });
}

/** The interpreter that a script asks for; null for what is no script, or cannot be read and yet be executed. */
function interpreterOf(file: string): string | null {
  let head: string;
  try {
    head = headOf(file);
  } catch (error) {
    if (errnoOf(error) === 'EACCES') return null;
    throw error;
  }
  return /^#!\s*(\/\S+)/.exec(head)?.[1] ?? null;
}

function headOf(file: string): string {
  const fd = openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(SHEBANG_BYTES);
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, SHEBANG_BYTES, 0));
  } finally {
    closeSync(fd);
  }
}

function whyNot({ file, cwd }: Program, code: string): string {
  switch (code) {
    case 'ENOENT':
      if (cwd !== undefined && !existsSync(cwd)) return `its working directory '${cwd}' does not exist`;
      if (existsSync(file))
        return 'the program exists, but its interpreter or loader does not; install the right build';
      return 'there is no such file; install it or correct the path';
    case 'EACCES':
      return 'it is not an executable file for this user; check its mode and those of its folders';
    case 'EAGAIN':
    case 'ENOMEM':
    case 'EMFILE':
    case 'ENFILE':
      return `this host has no more processes, memory or open files to give (${code}); raise the limit or end something`;
    default:
      return code;
  }
}
