import { openFile } from '@vmrs/core/driver';
import { ChApiError } from './api-error.ts';
import type { ChDevice } from './vm-config.ts';

/** What opening a disk finds out: that it is there and readable, and for qcow2 that its header is one. Throws {@link ChApiError}. */
export async function checkDisk({ path, image_type: type }: ChDevice): Promise<void> {
  const file = String(path);
  try {
    await using handle = await openFile(file, 'r');
    if (type !== 'Qcow2') return;
    const { buffer } = await handle.read({ buffer: Buffer.alloc(8), position: 0 });
    const version = buffer.readUInt32BE(4);
    if (version !== 2 && version !== 3)
      throw new ChApiError(['Failed to open QCOW2 disk', `Unsupported version: ${version}`]);
  } catch (error) {
    if (error instanceof ChApiError) throw error;
    throw new ChApiError([`Failed to open disk ${file}`, error instanceof Error ? error.message : String(error)]);
  }
}
