import type { BootSpec } from '@vmrs/core/driver';
import { type DiskImage, readDiskImage } from './disk-image.ts';

/** What a disk of a VM is for. */
export type DiskId = 'root' | 'seed' | 'data';

/** The config field that names each disk. */
export const DISK_FIELDS: { readonly root: 'rootDisk'; readonly seed: 'seedIso'; readonly data: 'dataDisk' } = {
  root: 'rootDisk',
  seed: 'seedIso',
  data: 'dataDisk',
};

/** The disks that a VM has, in the order in which the guest sees them: root, seed, data, as in the reference implementation. */
export function diskPaths(spec: BootSpec): readonly (readonly [id: DiskId, path: string])[] {
  const all = [
    ['root', spec.rootDisk],
    ['seed', spec.seedIso],
    ['data', spec.dataDisk],
  ] as const;
  return all.flatMap(([id, path]) => (path === null ? [] : [[id, path] as const]));
}

/** The headers of all disks of a VM. Throws the system's error when one cannot be read. */
export async function readDisks(spec: BootSpec): Promise<ReadonlyMap<DiskId, DiskImage>> {
  const disks = diskPaths(spec);
  const images = await Promise.all(disks.map(([, path]) => readDiskImage(path)));
  return new Map(disks.flatMap(([id], index) => (images[index] === undefined ? [] : [[id, images[index]] as const])));
}
