import { readdir } from 'node:fs/promises';

/** Throws an `Error` when the folder holds anything, the system's error when something else is in its place. One that is not there yet is fine. */
export async function refuseFull(folder: string): Promise<void> {
  const entries = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const [first] = entries;
  if (first !== undefined) throw new Error(`'${folder}' is not empty (it holds '${first}'); give a new folder`);
}
