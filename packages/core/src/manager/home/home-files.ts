import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { VmError } from '../../errors/index.ts';
import { ioError } from '../../store/io-error.ts';
import { ignoreErrno } from '../../util/errno.ts';
import type { FileSystem } from '../../util/file-system.ts';

/** On a case-insensitive disk `Web` and `web` would share one folder; refused everywhere, so that state folders can be moved. */
export async function refuseCaseTwin(namespaceDir: string, name: string): Promise<void> {
  const taken = await namesIn(namespaceDir);
  const twin = taken.find((entry) => entry !== name && entry.toLowerCase() === name.toLowerCase());
  if (twin === undefined) return;
  throw new VmError('ALREADY_EXISTS', {
    vm: name,
    detail: `its name differs from '${twin}' in upper and lower case only; choose another`,
    details: { state: 'unknown' },
  });
}

/** Makes the console log if it is not there; never touches what is in it. Throws `IO`. */
export async function makeLog(path: string, fileSystem: FileSystem): Promise<void> {
  try {
    await fileSystem.touch(path, 0o600);
  } catch (error) {
    throw ioError('making console log', path, error);
  }
}

/** Keeps the log of the boot before, and no more: `serial.log` becomes `serial.log.1`. Throws `IO`. */
export async function rotate(file: string, fileSystem: FileSystem): Promise<void> {
  await ignoreErrno(fileSystem.rename(file, `${file}.1`), 'ENOENT').catch((error: unknown) => {
    throw ioError('renaming', file, error);
  });
}

/** Logs of the VM, its helpers and the boot before. Throws `IO`. */
export async function logsIn(stateDir: string): Promise<string[]> {
  const names = await namesIn(stateDir);
  return names.filter((name) => /^[A-Za-z0-9_-]+\.log(\.1)?$/.test(name)).map((name) => join(stateDir, name));
}

/** Removes a file. One that is gone is success. Throws `IO`. */
export async function removeFile(path: string, fileSystem: FileSystem): Promise<void> {
  await ignoreErrno(fileSystem.unlink(path), 'ENOENT').catch((error: unknown) => {
    throw ioError('removing', path, error);
  });
}

/** Removes a directory if there is nothing in it. One that is gone is success. Throws `IO`. */
export async function removeIfEmpty(directory: string, fileSystem: FileSystem): Promise<void> {
  await ignoreErrno(fileSystem.removeDirectory(directory), 'ENOENT', 'ENOTEMPTY', 'EEXIST').catch((error: unknown) => {
    throw ioError('removing directory', directory, error);
  });
}

async function namesIn(directory: string): Promise<readonly string[]> {
  const names = await ignoreErrno(readdir(directory), 'ENOENT').catch((error: unknown) => {
    throw ioError('listing', directory, error);
  });
  return names ?? [];
}
