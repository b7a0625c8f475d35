import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { ignoreErrno } from '@vmrs/core/driver';

/** The first of `names` that is an executable file: in the folders of `path`, then in `further` folders. Null when there is none. */
export async function findProgram(
  names: readonly string[],
  path: string | undefined,
  further: readonly string[] = [],
): Promise<string | null> {
  const folders = [...(path ?? '').split(delimiter), ...further].filter((folder) => isAbsolute(folder));
  for (const folder of folders) {
    for (const name of names) {
      const file = join(folder, process.platform === 'win32' ? `${name}.exe` : name);
      if (await isExecutable(file)) return file;
    }
  }
  return null;
}

/** Whether `file` is a file that this user may execute. */
export async function isExecutable(file: string): Promise<boolean> {
  const info = await ignoreErrno(stat(file), 'ENOENT', 'ENOTDIR', 'EACCES');
  if (info?.isFile() !== true) return false;
  return (
    (await ignoreErrno(
      access(file, constants.X_OK).then(() => true),
      'EACCES',
      'ENOENT',
    )) === true
  );
}
