import { join } from 'node:path';
import {
  buildFakeAddon,
  disguisedKernel,
  FakeAddonUnavailableError,
  type FakeSettings,
  fakeAddonEnvironment,
} from '@vmrs/applevz-fake';
import { guestAssets } from '@vmrs/guest';

/**
 * The environment in which a program takes this host for a Mac with Apple silicon whose VMs are real guests in QEMU, and this very node for an entitled executable; or what this host
 * lacks for it. `folder` takes the kernel of its guests.
 */
export async function pretendedMac(
  folder: string,
  settings: FakeSettings = { arch: 'arm64', guest: 'qemu' },
): Promise<Readonly<Record<string, string>> | { readonly missing: string }> {
  try {
    const { kernel } = await guestAssets({ testHooks: true });
    return {
      ...fakeAddonEnvironment(settings),
      VMRS_APPLEVZ_ADDON: await buildFakeAddon(),
      VMRS_APPLEVZ_HOST: process.execPath,
      LIFE_KERNEL: await disguisedKernel(kernel, join(folder, 'kernel')),
    };
  } catch (error) {
    if (error instanceof FakeAddonUnavailableError) return { missing: `the framework's double: ${error.message}` };
    throw error;
  }
}
