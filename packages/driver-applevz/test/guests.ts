import type { GuestAssets } from '@vmrs/guest';
import type { GuestConfig, GuestKind, Missing } from '@vmrs/testkit';

const CMDLINE = 'console=hvc0 panic=-1 quiet cryptomgr.notests';

/** Bytes that are base64 and no identifier of a machine: the framework refuses them after the host was started. */
const NO_MACHINE_ID = Buffer.from('no machine').toString('base64');

/** The guests of the conformance suite, the same for scripted guests, for guests in QEMU behind the double, and for a Mac. */
export function guestConfig(kind: GuestKind, { kernel, initramfs }: GuestAssets): GuestConfig | Missing {
  const base = { kernel, initramfs, memoryMb: 256, cmdline: CMDLINE };
  const hook = (name: string): GuestConfig => ({ ...base, cmdline: `${CMDLINE} vmrs.test=${name}` });
  switch (kind) {
    case 'ready':
      return base;
    case 'never-ready':
      return hook('no-marker');
    case 'ignores-power-button':
      return hook('ignore-power-button');
    case 'powers-off':
      return hook('power-off,no-marker');
    case 'panics':
      return hook('panic');
    case 'reboots':
      return { missing: 'Virtualization.framework, which resets a guest and tells nobody' };
    case 'fails-to-boot':
      return { ...base, machineId: NO_MACHINE_ID };
  }
}
