import type { BootSpec, Problem } from '@vmrs/core/driver';
import type { Virtiofsd } from '@vmrs/driver-kit';
import type { VmOptions } from '../vm-options.ts';

/** Longest tag of a virtio-fs device, in bytes: `tag` in `struct virtio_fs_config` of the virtio specification. */
export const MAX_TAG_BYTES = 36;

/** What keeps the shared directories from being served. A string for `virtiofsd` says why there is none. */
export function shareProblems(
  { sharedDirs }: Pick<BootSpec, 'sharedDirs'>,
  { sharedMemory }: Pick<VmOptions, 'sharedMemory'>,
  virtiofsd: Virtiofsd | string,
): readonly Problem[] {
  if (sharedDirs.length === 0) return [];
  const privateMemory: Problem = {
    path: 'driverOptions.sharedMemory',
    message: 'must not be false with shared directories: their daemons map the memory of the guest',
  };
  return [
    ...(sharedMemory === false ? [privateMemory] : []),
    ...sharedDirs.flatMap(({ hostPath, tag, readOnly }, index): Problem[] => {
      const path = `sharedDirs[${index}]`;
      const tooLong = { path: `${path}.tag`, message: `must be at most ${MAX_TAG_BYTES} bytes long` };
      const refuse = (how: string, why: string): Problem => ({
        path,
        message: `'${hostPath}' cannot be ${how} here: ${why}`,
        fix: 'install virtiofsd 1.13 or later',
      });
      return [
        ...(Buffer.byteLength(tag) > MAX_TAG_BYTES ? [tooLong] : []),
        ...(typeof virtiofsd === 'string' ? [refuse('shared', virtiofsd)] : []),
        ...(typeof virtiofsd !== 'string' && readOnly && virtiofsd.readOnly === null
          ? [refuse('shared read-only', `'${virtiofsd.path}' cannot be kept from writing`)]
          : []),
      ];
    }),
  ];
}
