import { stat } from 'node:fs/promises';
import { type BootSpec, ignoreErrno, type Problem } from '@vmrs/core/driver';
import { type KernelImage, readKernelImage, readOrNothing } from '@vmrs/driver-kit';
import type { Features } from '../host/features.ts';
import type { VmOptions } from '../vm-options.ts';

/** Longest kernel command lines that Cloud Hypervisor passes on, in bytes (`arch` crate: `CMDLINE_MAX_SIZE`). */
const MAX_CMDLINE_BYTES = { x64: 65_536, arm64: 2_048 } as const;

/** What the rest of a `vm.create` takes of the largest request body, generously. */
const OTHER_BODY_BYTES = 8_192;

/** What kernels Cloud Hypervisor starts, by architecture of the host. */
const KERNELS = {
  x64: { images: ['bzimage', 'elf-pvh'], wanted: 'a bzImage, or a vmlinux with a PVH entry' },
  arm64: { images: ['arm64-image'], wanted: 'an uncompressed arm64 Image' },
} as const satisfies Record<string, { images: readonly KernelImage[]; wanted: string }>;

/** What is wrong with what the VM is to boot. */
export async function payloadProblems(
  spec: Pick<BootSpec, 'kernel' | 'initramfs' | 'cmdline'>,
  { firmware }: Pick<VmOptions, 'firmware'>,
  arch: string,
  features: Features | null,
): Promise<readonly Problem[]> {
  if (firmware !== null) return firmwareProblems(spec, firmware);
  return [...(await kernelProblems(spec, arch)), ...cmdlineProblems(spec, arch, features)];
}

async function firmwareProblems(
  { kernel, initramfs, cmdline }: Pick<BootSpec, 'kernel' | 'initramfs' | 'cmdline'>,
  firmware: string,
): Promise<readonly Problem[]> {
  const given = Object.entries({ kernel, initramfs, cmdline }).filter(([, value]) => value !== null);
  const file = await ignoreErrno(stat(firmware), 'ENOENT', 'ENOTDIR', 'EACCES');
  return [
    ...given.map(([path]) => ({
      path,
      message: 'must be absent with driverOptions.firmware, which boots from a disk',
    })),
    ...(file?.isFile() === true ? [] : [{ path: 'driverOptions.firmware', message: `'${firmware}' is not a file` }]),
  ];
}

async function kernelProblems({ kernel }: Pick<BootSpec, 'kernel'>, arch: string): Promise<readonly Problem[]> {
  if (kernel === null) {
    return [{ path: 'kernel', message: 'is required', fix: 'give one, or a firmware by driverOptions.firmware' }];
  }
  const { images, wanted } = arch === 'arm64' ? KERNELS.arm64 : KERNELS.x64;
  return readOrNothing(async () => {
    const image = await readKernelImage(kernel);
    if (images.some((one) => one === image)) return [];
    const message = `'${kernel}' is not a kernel that Cloud Hypervisor can boot on ${arch}`;
    return [{ path: 'kernel', message, fix: `give ${wanted}` }];
  });
}

function cmdlineProblems(
  { cmdline }: Pick<BootSpec, 'cmdline'>,
  arch: string,
  features: Features | null,
): readonly Problem[] {
  const own = arch === 'arm64' ? MAX_CMDLINE_BYTES.arm64 : MAX_CMDLINE_BYTES.x64;
  const most = features === null ? own : Math.min(own, features.maxBodyBytes - OTHER_BODY_BYTES);
  const bytes = Buffer.byteLength(cmdline ?? '');
  return bytes <= most ? [] : [{ path: 'cmdline', message: `must be at most ${most} bytes long, got ${bytes}` }];
}
