import type { BootSpec } from '@vmrs/core/driver';
import type { DiskPlan } from './boot-plan.ts';
import { type DiskImage, readDiskImage } from './disk-image.ts';

/** The headers of all disks of a VM. Throws the system's error when one cannot be read. */
export async function readDisks(spec: BootSpec): Promise<ReadonlyMap<DiskPlan['id'], DiskImage>> {
  const disks = diskPaths(spec);
  const images = await Promise.all(disks.map(([, path]) => readDiskImage(path)));
  return new Map(disks.flatMap(([id], index) => (images[index] === undefined ? [] : [[id, images[index]] as const])));
}

/** The disks that a VM has, in the order in which the guest sees them. */
export function diskPaths(spec: BootSpec): readonly (readonly [id: DiskPlan['id'], path: string])[] {
  const all = [
    ['root', spec.rootDisk],
    ['seed', spec.seedIso],
    ['data', spec.dataDisk],
  ] as const;
  return all.flatMap(([id, path]) => (path === null ? [] : [[id, path] as const]));
}
