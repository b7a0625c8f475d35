import { open } from 'node:fs/promises';
import { errnoOf } from '../util/errno.ts';

/** Enough for a screen of long lines, little enough to read at any time. */
const TAIL_BYTES = 8192;

/** The last `count` non-empty lines of a text file, read from its end; none when it does not exist. */
export async function lastLines(file: string, count: number): Promise<readonly string[]> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    const from = Math.max(0, size - TAIL_BYTES);
    const { buffer, bytesRead } = await handle.read({
      buffer: Buffer.alloc(Math.min(size, TAIL_BYTES)),
      position: from,
    });
    const lines = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/);
    // The first line is cut unless the whole file was read.
    return lines
      .slice(from > 0 ? 1 : 0)
      .filter((line) => line.trim() !== '')
      .slice(-count);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
