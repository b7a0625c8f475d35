import { constants } from 'node:fs';
import {
  appendFile,
  copyFile,
  type FileHandle,
  link,
  mkdir,
  rename,
  rm,
  rmdir,
  symlink,
  unlink,
} from 'node:fs/promises';
import { type CopySparseOptions, copySparse } from './copy-sparse.ts';
import { ignoreErrno } from './errno.ts';
import { openFile } from './open-file.ts';

/**
 * What core writes with, as far as it lasts longer than this process: an object, so that tests can make any of it fail, or end the
 * process before or after it. Each call is one step that is either taken or not; only the writing of bytes may be taken half.
 * Every method throws the system's error.
 */
export interface FileSystem {
  /** Makes one directory; `EEXIST` when there is something of that name. */
  makeDirectory(path: string, mode: number): Promise<void>;
  /** Makes a file that was not there (`EEXIST`) with that content, which is on the disk when this resolves. */
  createFile(path: string, data: string | Uint8Array, mode: number): Promise<void>;
  /** Makes an empty file where there is none; leaves one that is there as it is. */
  touch(path: string, mode: number): Promise<void>;
  /** Appends to a file, which is made where there is none. */
  append(path: string, text: string, mode: number): Promise<void>;
  /** Opens a file to be appended to, and makes it where there is none. A symbolic link is not followed (`ELOOP`). */
  openAppend(path: string, mode: number): Promise<AppendHandle>;
  /** Gives a file or directory another name; a file that had it is replaced. */
  rename(from: string, to: string): Promise<void>;
  /** Gives a file a second name; `EEXIST` when that is taken. */
  link(existing: string, path: string): Promise<void>;
  /**
   * Makes a copy of a regular file under a name that is not taken (`EEXIST`), which is on the disk when this resolves. `clone` shares the blocks and takes no time
   * and no space; a file system that cannot refuses (`ENOTSUP`, `EXDEV` and the like). Otherwise every byte is copied, but for zeros.
   */
  copyFile(source: string, path: string, how: CopyHow): Promise<void>;
  /** Makes a symbolic link; `EEXIST` when the name is taken. */
  symlink(target: string, path: string): Promise<void>;
  /** Removes a name that is none of a directory. */
  unlink(path: string): Promise<void>;
  /** Removes an empty directory. */
  removeDirectory(path: string): Promise<void>;
  /** Removes a directory with all that is in it. One that is not there is success. */
  removeTree(path: string): Promise<void>;
  /** Makes the names in a directory survive a crash of the host, where the file system can. */
  syncDirectory(path: string): Promise<void>;
}

/** How a file is copied. */
export type CopyHow = { readonly clone: true } | ({ readonly clone: false } & CopySparseOptions);

/** A file that is open to be appended to. */
export interface AppendHandle {
  /** What was in it when it was opened. */
  readonly content: Uint8Array;
  /** Writes at the end of the file. */
  append(bytes: Uint8Array): Promise<void>;
  /** Cuts the file down to so many bytes. */
  truncate(size: number): Promise<void>;
  /** Closes the file; nothing is written by that. */
  close(): Promise<void>;
}

/** The file system of the machine. */
export const systemFileSystem: FileSystem = {
  async makeDirectory(path, mode) {
    await mkdir(path, { mode });
  },
  async createFile(path, data, mode) {
    await using handle = await openFile(path, 'wx', mode);
    await handle.writeFile(data);
    await handle.sync();
  },
  async touch(path, mode) {
    await (await openFile(path, 'a', mode)).close();
  },
  append: (path, text, mode) => appendFile(path, text, { mode }),
  async openAppend(path, mode) {
    const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW } = constants;
    const handle = await openFile(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, mode);
    try {
      return openedFile(handle, await handle.readFile());
    } catch (error) {
      await handle.close();
      throw error;
    }
  },
  rename,
  link,
  async copyFile(source, path, how) {
    if (how.clone) await copyFile(source, path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE_FORCE);
    await using target = await openFile(path, how.clone ? 'r+' : 'wx', 0o600);
    if (!how.clone) {
      await using from = await openFile(source, 'r');
      await copySparse(from, target, (await from.stat()).size, how);
    }
    await target.sync();
  },
  symlink: (target, path) => symlink(target, path),
  unlink,
  removeDirectory: (path) => rmdir(path),
  removeTree: (path) => rm(path, { recursive: true, force: true }),
  async syncDirectory(path) {
    await using handle = await openFile(path, 'r');
    // Some file systems (network ones, and Windows) cannot, and say so.
    await ignoreErrno(handle.sync(), 'EINVAL', 'ENOTSUP', 'EPERM');
  },
};

function openedFile(handle: FileHandle, content: Uint8Array): AppendHandle {
  return {
    content,
    append: (bytes) => handle.appendFile(bytes),
    truncate: (size) => handle.truncate(size),
    close: () => handle.close(),
  };
}
