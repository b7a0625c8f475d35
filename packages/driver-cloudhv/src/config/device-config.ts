import type { BootSpec } from '@vmrs/core/driver';
import { type DiskId, type DiskImage, diskPaths, macAddresses } from '@vmrs/driver-kit';
import type { ApiDisk, ApiFs, ApiNet } from '../control/api-types.ts';
import type { VmOptions } from '../vm-options.ts';
import { rateLimit } from './rate-limit.ts';
import type { View } from './view.ts';

/** How Cloud Hypervisor is told to read an image; null when it does not attach images of that format. */
export function imageType({ format, formatName }: DiskImage): NonNullable<ApiDisk['image_type']> | null {
  if (format === 'raw') return 'Raw';
  if (format === 'qcow2') return 'Qcow2';
  return formatName === 'VHDX' ? 'Vhdx' : null;
}

/** One disk, `image` being what its header says. */
export function diskConfig(
  id: string,
  path: string,
  image: DiskImage,
  { readOnly, direct }: { readonly readOnly: boolean; readonly direct: boolean },
): ApiDisk {
  const type = imageType(image);
  if (type === null) throw new TypeError(`'${path}' is no image for this driver; validate() says so before`);
  return {
    id,
    path,
    // Guests find a disk by it, whatever its letter.
    serial: id,
    readonly: readOnly,
    direct,
    image_type: type,
    // Only a caller who wants them followed comes here with such an image.
    ...(image.backing === null ? {} : { backing_files: true }),
  };
}

/** The disks in the order in which the guest sees them: root, seed, data. */
export function diskConfigs(
  spec: BootSpec,
  images: ReadonlyMap<DiskId, DiskImage>,
  options: VmOptions,
  view: View,
): readonly ApiDisk[] {
  return diskPaths(spec).flatMap(([id, path]) => {
    const image = images.get(id);
    if (image === undefined) return [];
    const how = { readOnly: id === 'seed', direct: options.directIo };
    const disk = diskConfig(id, view.file(`disk-${id}`, path), image, how);
    return [{ ...disk, ...rateLimit(options.diskLimits[id]) }];
  });
}

/** The network interfaces, with the given addresses where a snapshot has them. */
export function netConfigs(
  spec: BootSpec,
  options: VmOptions,
  saved: readonly string[] | null = null,
): readonly ApiNet[] {
  const derived = macAddresses(spec);
  return spec.networks.flatMap((network, index) => {
    if (network.type !== 'tap') return [];
    const mac = network.mac ?? saved?.[index] ?? derived[index] ?? '';
    return [{ id: `net${index}`, tap: network.name, mac, ...rateLimit(options.networkLimit) }];
  });
}

/** Name of the socket of a shared directory, in the runtime folder. */
export function shareSocket(index: number): string {
  return `virtiofs-${index}.sock`;
}

/** The shared directories. One queue is enough for a daemon of one thread; the size is the reference's. */
export function fsConfigs(spec: BootSpec, view: View): readonly ApiFs[] {
  return spec.sharedDirs.map(({ tag }, index) => fsConfig(`share${index}`, tag, view.socket(shareSocket(index))));
}

/** One virtio-fs device. */
export function fsConfig(id: string, tag: string, socket: string): ApiFs {
  return { id, tag, socket, num_queues: 1, queue_size: 512 };
}
