import type { GuestAssets } from '@vmrs/guest';
import type { GuestConfig, GuestKind } from '@vmrs/testkit';

const CMDLINE = 'console=ttyS0 panic=-1 quiet cryptomgr.notests';

/**
 * The guests of the conformance suite, the same for the stand-in, for a guest in QEMU behind it, and for Cloud Hypervisor itself. `powersOff` is an initramfs that powers off after some words,
 * which the scripted guest does for a word in its command line.
 */
export function guestConfig(kind: GuestKind, guest: GuestAssets, powersOff: string, brokenDisk: string): GuestConfig {
  const base = { kernel: guest.vmlinux ?? guest.kernel, initramfs: guest.initramfs, memoryMb: 256, cmdline: CMDLINE };
  const hook = (name: string): GuestConfig => ({ ...base, cmdline: `${CMDLINE} vmrs.test=${name}` });
  switch (kind) {
    case 'ready':
      return base;
    case 'never-ready':
      return hook('no-marker');
    case 'ignores-power-button':
      return hook('ignore-power-button');
    case 'powers-off':
      return { ...hook('power-off,no-marker'), initramfs: powersOff };
    case 'panics':
      return hook('panic');
    case 'reboots':
      return hook('reboot-once');
    case 'fails-to-boot':
      return { ...base, dataDisk: brokenDisk };
  }
}
