import type { Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Everything under `directory`, as sorted lines of relative path and kind; sockets and fifos included. Empty when it does not exist. */
export async function filesUnder(directory: string): Promise<readonly string[]> {
  const entries = await readdirIfAny(directory);
  return entries.map((entry) => `${relative(directory, join(entry.parentPath, entry.name))} (${kindOf(entry)})`).sort();
}

/** Like {@link filesUnder}, with size and time of change of each, so that two lists differ when anything was touched. */
export async function fingerprint(directory: string): Promise<readonly string[]> {
  const entries = await readdirIfAny(directory);
  const lines = entries.map(async (entry) => {
    const path = join(entry.parentPath, entry.name);
    const { size, mtimeMs, mode } = await lstat(path);
    return `${relative(directory, path)} (${kindOf(entry)}, ${size} bytes, mode ${mode.toString(8)}, changed ${mtimeMs})`;
  });
  return (await Promise.all(lines)).sort();
}

async function readdirIfAny(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { recursive: true, withFileTypes: true });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function kindOf(entry: Dirent): string {
  if (entry.isDirectory()) return 'directory';
  if (entry.isSocket()) return 'socket';
  return entry.isFile() ? 'file' : 'special file';
}
