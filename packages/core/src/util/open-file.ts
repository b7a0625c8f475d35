import { fsync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { promisify } from 'node:util';

const flush = promisify(fsync);

/**
 * Opens a file as `open` of `node:fs/promises` does, with a handle that can be synced, and disposed of at the end of a block. Yarn Plug'n'Play puts file handles
 * of its own in the place of Node's, which can do neither (`@yarnpkg/fslib`, `FileHandle`; as of Yarn 4.18). Throws the system's error.
 */
export async function openFile(path: string, flags: string | number, mode?: number): Promise<FileHandle> {
  const handle = await open(path, flags, mode);
  const isNodes: boolean = Symbol.asyncDispose in handle;
  if (isNodes) return handle;
  // Those it lacks; the rest is its own. The descriptor is a real one, as the file lies in no archive.
  const lacking: Pick<FileHandle, 'sync' | 'datasync' | typeof Symbol.asyncDispose> = {
    sync: () => flush(handle.fd),
    datasync: () => flush(handle.fd),
    [Symbol.asyncDispose]: () => handle.close(),
  };
  return Object.assign(handle, lacking);
}
