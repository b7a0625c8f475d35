import type { VmConfig } from '@vmrs/core';
import { guestAssets } from '@vmrs/guest';

/** Ways in which a guest misbehaves on request. */
export type Hook =
  | 'ignore-power-button'
  | 'no-marker'
  | 'half-marker-then-poweroff'
  | 'forged-markers'
  | 'panic'
  | 'panic-after-ready'
  | 'poweroff-after-ready'
  | 'late-marker'
  | 'reboot-once';

/** What boots the guest of `@vmrs/guest`, under QEMU without hardware virtualization. */
export async function plainGuest(): Promise<Omit<VmConfig, 'name'>> {
  const { kernel, vmlinux = kernel, initramfs } = await guestAssets();
  return { kernel: vmlinux, initramfs, memoryMb: 256, networks: [{ type: 'nat' }] };
}

/** A guest that misbehaves. */
export async function trickyGuest(...hooks: readonly Hook[]): Promise<Omit<VmConfig, 'name'>> {
  const { kernel, vmlinux = kernel, initramfs } = await guestAssets({ testHooks: true });
  const cmdline = `console=ttyS0 quiet cryptomgr.notests panic=-1 vmrs.test=${hooks.join(',')}`;
  return { kernel: vmlinux, initramfs, cmdline, memoryMb: 256, networks: [{ type: 'nat' }] };
}
