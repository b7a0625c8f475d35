import type { BootSpec, Problem } from '@vmrs/core/driver';
import { DISK_FIELDS, type DiskImage, diskPaths, readDiskImage, readOrNothing } from '@vmrs/driver-kit';
import { imageType } from '../config/device-config.ts';
import type { ResolvedOptions } from '../options.ts';

/** What is wrong with the disks. */
export async function diskProblems(
  spec: BootSpec,
  { backingFiles }: Pick<ResolvedOptions, 'backingFiles'>,
): Promise<readonly Problem[]> {
  const problems = diskPaths(spec).map(([id, path]) =>
    readOrNothing(async () => imageProblems(DISK_FIELDS[id], path, await readDiskImage(path), backingFiles)),
  );
  return (await Promise.all(problems)).flat();
}

function imageProblems(
  field: string,
  path: string,
  image: DiskImage,
  backingFiles: 'refuse' | 'follow',
): readonly Problem[] {
  if (imageType(image) === null) {
    const fix = `convert it: qemu-img convert -O qcow2 ${path} disk.qcow2`;
    return [
      { path: field, message: `'${path}' is a ${image.formatName} image; raw, qcow2 and VHDX are attached`, fix },
    ];
  }
  if (image.backing === null || backingFiles === 'follow') return [];
  const message = `'${path}' takes content from another file, '${image.backing}', which a guest may have chosen`;
  const fix = "if no guest ever had this image as a raw disk, create the driver with backingFiles: 'follow'";
  return [{ path: field, message, fix }];
}
