import { ignoreErrno } from '@vmrs/core/driver';

/** The items that a check of a file finds; none when the file is not there or cannot be read: that is core's to report, and it has. */
export async function readOrNothing<T>(check: () => Promise<readonly T[]>): Promise<readonly T[]> {
  return (await ignoreErrno(check(), 'ENOENT', 'ENOTDIR', 'EACCES', 'EISDIR', 'ELOOP')) ?? [];
}
