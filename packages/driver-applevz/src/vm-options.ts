import type { Problem } from '@vmrs/core/driver';
import { problemsOf, whole, words } from '@vmrs/driver-kit';
import * as v from 'valibot';

/** Bounds of the MTU of a NIC on a socket (`VZFileHandleNetworkDeviceAttachment`). */
const MTU = { least: 1500, most: 65_535 } as const;

/**
 * What `nat` networks lead to:
 * - `nat`: the framework's own NAT
 * - `vmnet-shared`: vmnet's NAT, in which VMs and host reach each other; macOS 26
 * - `vmnet-host`: a network of host and VMs only; macOS 26
 * - `{ bridge: 'en0' }`: that interface of the host; needs Apple's permission (`com.apple.vm.networking`), or root
 */
export type Uplink = 'nat' | 'vmnet-shared' | 'vmnet-host' | { readonly bridge: string };

/** Options of Virtualization.framework for one VM: `driverOptions` of its configuration, or `vm` of the driver's options. */
export interface AppleVzVmOptions {
  /**
   * How the host caches the disks. `automatic` is the framework's own choice, with which Linux guests have lost data. Default `cached`.
   */
  readonly caching?: 'automatic' | 'uncached' | 'cached';
  /** What a guest's flush does on the host: `full` reaches the medium, `fsync` the drive, `none` is for disks that may be lost. Default `fsync`. */
  readonly synchronization?: 'full' | 'fsync' | 'none';
  /** Whether the guest may run VMs itself: macOS 15 on an M3 or later. Default false. */
  readonly nestedVirtualization?: boolean;
  /** MTU of NICs on a socket, in bytes: 1500 to 65535. Default 1500. */
  readonly mtu?: number;
  /** What `nat` networks lead to. Default `nat`. */
  readonly uplink?: Uplink;
}

/** {@link AppleVzVmOptions} with its defaults filled in. */
export interface VmOptions {
  readonly caching: 'automatic' | 'uncached' | 'cached';
  readonly synchronization: 'full' | 'fsync' | 'none';
  readonly nestedVirtualization: boolean;
  readonly mtu: number;
  readonly uplink: Uplink;
}

/** The shape of {@link AppleVzVmOptions}; made where it is used, since importing a package does no work. */
export function vmOptionsShape(): v.GenericSchema {
  const { optional, picklist } = v;
  const bridge = v.strictObject(
    { bridge: words() },
    "must be 'nat', 'vmnet-shared', 'vmnet-host' or { bridge: 'en0' }",
  );
  return v.strictObject({
    caching: optional(picklist(['automatic', 'uncached', 'cached'])),
    synchronization: optional(picklist(['full', 'fsync', 'none'])),
    nestedVirtualization: optional(v.boolean()),
    mtu: optional(v.pipe(whole(MTU.least), v.maxValue(MTU.most, `must be at most ${MTU.most}`))),
    uplink: optional(v.union([picklist(['nat', 'vmnet-shared', 'vmnet-host']), bridge])),
  } satisfies Record<keyof AppleVzVmOptions, v.GenericSchema>);
}

/** All that is wrong with the `driverOptions` of a VM, each with its path. */
export function vmOptionProblems(driverOptions: unknown): readonly Problem[] {
  return problemsOf(vmOptionsShape(), driverOptions, ['driverOptions'], 'option of Virtualization.framework');
}

/** Fills in the defaults of options that were checked. Pure. */
export function resolveVmOptions(given: AppleVzVmOptions): VmOptions {
  // A program may say "no opinion" by undefined.
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    caching: 'cached',
    synchronization: 'fsync',
    nestedVirtualization: false,
    mtu: MTU.least,
    uplink: 'nat',
    ...options,
  };
}
