import { VmError } from '../errors/index.ts';
import { errnoOf } from '../util/errno.ts';

/** An `IO` error: what failed on which path, and what to do about it. */
export function ioError(what: string, path: string, cause: unknown): VmError<'IO'> {
  const code = errnoOf(cause);
  const advice = ADVICE[code ?? ''];
  const detail = `${what} '${path}' failed${code === undefined ? '' : ` (${code})`}${advice === undefined ? '' : `: ${advice}`}`;
  return new VmError('IO', { detail, details: { path }, cause });
}

const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space',
  EDQUOT: "this user's disk quota is used up; free some space",
  EROFS: 'the file system is read-only; choose another state directory with VMRS_HOME',
  EACCES: 'this user may not; check the owner and mode of it and of its folders',
  EPERM: 'this user may not; check the owner and mode of it and of its folders',
  ENOENT: 'it, or a folder it should lie in, does not exist',
  ENOTDIR: 'a folder on the way to it is a file',
  ELOOP: 'it is a symbolic link, which is not followed here',
  ENAMETOOLONG: 'the path is too long',
  EMFILE: 'too many open files; raise the limit (ulimit -n)',
  ENFILE: 'too many open files on this host',
  EIO: 'the device reports an error',
};
