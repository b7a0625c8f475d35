import { type BigIntStats, constants, fstat } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { errnoOf } from '../util/errno.ts';
import { KERNEL_HEADER_BYTES, looksLikeKernel } from './kernel-image.ts';

/** What was found out about a path: what is wrong with it, and what file it is. */
export interface Finding {
  readonly message: string | null;
  readonly fix?: string;
  /** The same for two paths of one file; null when there is none. */
  readonly fileId: string | null;
}

/** A file to be read, and written to where `write` is set. `device`: a block device will do. `kernel`: its beginning must be a kernel's. `made`: it is made where it does not exist. */
export interface FileNeeds {
  readonly write?: boolean;
  readonly device?: boolean;
  readonly kernel?: boolean;
  readonly made?: boolean;
}

/** Checks a file that the VM uses. Reads its first bytes at most. */
export async function checkFile(path: string, needs: FileNeeds): Promise<Finding> {
  if (needs.made === true && !(await exists(path))) return checkFolder(dirname(path));
  return examine(path, async (stats) => {
    if (stats.isDirectory()) return `'${path}' is a directory; it must be a file`;
    const device = needs.device === true && stats.isBlockDevice();
    if (!stats.isFile() && !device) return `'${path}' is not a regular file`;
    if (stats.isFile() && stats.size === 0n) return `'${path}' is empty`;
    const header = await readHeader(path);
    if (needs.kernel === true && !looksLikeKernel(header)) {
      return `'${path}' is not a kernel image (bzImage, Image, ELF, gzip or EFI)`;
    }
    if (needs.write === true) await access(path, constants.W_OK);
    return null;
  });
}

/** Checks a directory that is shared with the guest. */
export async function checkDirectory(path: string): Promise<Finding> {
  return examine(path, async (stats) => {
    if (!stats.isDirectory()) return `'${path}' is not a directory`;
    await access(path, constants.R_OK | constants.X_OK);
    return null;
  });
}

/** Checks a unix socket that somebody listens at. */
export async function checkSocket(path: string): Promise<Finding> {
  return examine(path, async (stats) => (stats.isSocket() ? null : `'${path}' is not a socket`));
}

/** Checks a file that will be made or appended to. */
export async function checkLog(path: string): Promise<Finding> {
  if (!(await exists(path))) return checkFolder(dirname(path));
  return examine(path, async (stats) => {
    if (stats.isDirectory()) return `'${path}' is a directory; it must be a file`;
    if (!stats.isFile()) return `'${path}' is not a regular file`;
    await access(path, constants.W_OK);
    return null;
  });
}

async function exists(path: string): Promise<boolean> {
  return (await examine(path, async () => null)).fileId !== null;
}

/** Checks a folder in which a file will be made. */
async function checkFolder(folder: string): Promise<Finding> {
  const { message, ...rest } = await examine(folder, async (stats) => {
    if (!stats.isDirectory()) return `'${folder}' is not a directory`;
    await access(folder, constants.W_OK | constants.X_OK);
    return null;
  });
  return { ...rest, fileId: null, message: message === null ? null : `its folder cannot take it: ${message}` };
}

/** Checks an open file descriptor of a socket. */
export async function checkSocketFd(fd: number): Promise<Finding> {
  try {
    const stats = await promisify(fstat)(fd);
    return { message: stats.isSocket() ? null : `file descriptor ${fd} is not a socket`, fileId: null };
  } catch (error) {
    const message =
      errnoOf(error) === 'EBADF' ? `file descriptor ${fd} is not open` : textOf(`file descriptor ${fd}`, error);
    return { message, fileId: null };
  }
}

async function examine(path: string, check: (stats: BigIntStats) => Promise<string | null>): Promise<Finding> {
  let fileId: string | null = null;
  try {
    const stats = await stat(path, { bigint: true });
    fileId = stats.isBlockDevice() ? `device ${stats.rdev}` : `${stats.dev}:${stats.ino}`;
    return { message: await check(stats), fileId };
  } catch (error) {
    const fix = fixOf(error, path);
    return { message: textOf(`'${path}'`, error), fileId, ...(fix === null ? {} : { fix }) };
  }
}

async function readHeader(path: string): Promise<Uint8Array> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const header = Buffer.alloc(KERNEL_HEADER_BYTES);
    const { bytesRead } = await file.read(header, 0, header.length, 0);
    return header.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** What the system's refusal means; its own text where this file has no better one. */
function textOf(what: string, error: unknown): string {
  switch (errnoOf(error)) {
    case 'ENOENT':
      return `${what} does not exist`;
    case 'ENOTDIR':
      return `${what} does not exist: a part of the path is not a directory`;
    case 'EACCES':
    case 'EPERM':
      return `${what} cannot be used: permission denied`;
    case 'EROFS':
      return `${what} cannot be written to: it is on a read-only file system`;
    default:
      return `${what} cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function fixOf(error: unknown, path: string): string | null {
  switch (errnoOf(error)) {
    case 'EACCES':
    case 'EPERM':
      return 'give the user that runs this process access to it';
    case 'ENOENT':
      // How Node.js shows the bytes of a name that are no UTF-8.
      return path.includes('\ufffd') ? 'if its name is not UTF-8, rename it' : null;
    default:
      return null;
  }
}
