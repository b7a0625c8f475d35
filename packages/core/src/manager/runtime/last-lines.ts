import { open } from 'node:fs/promises';
import { errnoOf } from '../../util/errno.ts';

/** Enough for a screen of long lines, little enough to read at any time. */
const TAIL_BYTES = 8192;

/** The last `count` non-empty lines of a text file, read from its end; none when it does not exist. */
export async function lastLines(file: string, count: number): Promise<readonly string[]> {
  const { text, cut } = await readTail(file);
  // The first line is cut unless the whole file was read.
  const lines = text.split(/\r?\n/).slice(cut ? 1 : 0);
  return lines.filter((line) => line.trim() !== '').slice(-count);
}

async function readTail(file: string): Promise<{ readonly text: string; readonly cut: boolean }> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const position = Math.max(0, size - TAIL_BYTES);
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(Math.min(size, TAIL_BYTES)), position });
      return { text: buffer.toString('utf8', 0, bytesRead), cut: position > 0 };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return { text: '', cut: false };
    throw error;
  }
}
