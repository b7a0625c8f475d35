import type { HostFacts } from '@vmrs/applevz-addon';
import type { BootSpec, Problem } from '@vmrs/core/driver';
import { type KernelImage, readKernelImage, readOrNothing } from '@vmrs/driver-kit';

/** What kernels the framework starts, by architecture of the host. */
const KERNELS = {
  x64: { image: 'bzimage', wanted: 'a bzImage (vmlinuz)' },
  arm64: { image: 'arm64-image', wanted: 'an uncompressed arm64 Image' },
} as const satisfies Record<string, { image: KernelImage; wanted: string }>;

/** What is wrong with what the VM is to boot. */
export async function bootProblems(
  { kernel, efiVariableStore }: Pick<BootSpec, 'kernel' | 'efiVariableStore'>,
  { arch, efi }: Pick<HostFacts, 'arch' | 'efi'>,
): Promise<readonly Problem[]> {
  if (kernel !== null) {
    const both = { path: 'efiVariableStore', message: 'must be absent with kernel, which is booted without UEFI' };
    return [...(await kernelProblems(kernel, arch)), ...(efiVariableStore === null ? [] : [both])];
  }
  if (efiVariableStore === null) {
    const fix = 'give one, or an efiVariableStore to boot a disk through UEFI';
    return [{ path: 'kernel', message: 'is required', fix }];
  }
  return efi ? [] : [{ path: 'efiVariableStore', message: 'a boot through UEFI needs macOS 13 or later' }];
}

/** The framework itself calls any other kernel an internal error. */
async function kernelProblems(kernel: string, arch: 'arm64' | 'x64'): Promise<readonly Problem[]> {
  const { image: needed, wanted } = KERNELS[arch];
  return readOrNothing(async () => {
    const image = await readKernelImage(kernel, arch);
    if (image === needed) return [];
    const message = `'${kernel}' is not a kernel that Virtualization.framework can boot on ${arch}`;
    const fix = image === 'arm64-compressed' ? `decompress it: give ${wanted}` : `give ${wanted}`;
    return [{ path: 'kernel', message, fix }];
  });
}
