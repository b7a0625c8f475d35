import { stat } from 'node:fs/promises';
import type { BootSpec, Problem } from '@vmrs/core/driver';
import { DISK_FIELDS, diskPaths, readDiskImage, readOrNothing } from '@vmrs/driver-kit';

/** The framework takes images only in whole sectors of this size, in bytes. */
const SECTOR_BYTES = 512;

/** What is wrong with the disks. */
export async function diskProblems(spec: BootSpec): Promise<readonly Problem[]> {
  const problems = diskPaths(spec).map(([id, path]) => readOrNothing(() => imageProblems(DISK_FIELDS[id], path)));
  return (await Promise.all(problems)).flat();
}

async function imageProblems(field: string, path: string): Promise<readonly Problem[]> {
  const { format, formatName, blockDevice } = await readDiskImage(path);
  if (blockDevice) {
    return [
      { path: field, message: `'${path}' is a block device; image files are attached`, fix: 'copy it to a file' },
    ];
  }
  if (format !== 'raw') {
    const fix = `convert it: qemu-img convert -O raw ${path} disk.img`;
    return [{ path: field, message: `'${path}' is a ${formatName ?? format} image; only raw ones are attached`, fix }];
  }
  const { size } = await stat(path);
  if (size > 0 && size % SECTOR_BYTES === 0) return [];
  const message = `'${path}' has ${size} bytes, and must have a multiple of ${SECTOR_BYTES}, not 0`;
  const whole = Math.max(1, Math.ceil(size / SECTOR_BYTES)) * SECTOR_BYTES;
  return [{ path: field, message, fix: `make it larger: truncate -s ${whole} ${path}` }];
}
