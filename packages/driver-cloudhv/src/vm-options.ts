import type { Problem } from '@vmrs/core/driver';
import { absolutePath, problemsOf, whole } from '@vmrs/driver-kit';
import * as v from 'valibot';

/** A budget that fills up again: `size` per `refillMs`, and `burst` once on top. Bytes for bandwidth, a count for operations. */
export interface TokenBucket {
  readonly size: number;
  readonly burst?: number;
  readonly refillMs: number;
}

/** How much one disk or network interface may do. Default: no limit. */
export interface RateLimit {
  readonly bandwidth?: TokenBucket;
  readonly operations?: TokenBucket;
}

/** Options of Cloud Hypervisor for one VM: `driverOptions` of its configuration, or `vm` of the driver's options. */
export interface CloudHvVmOptions {
  /** Firmware (a UEFI build for Cloud Hypervisor, or rust-hypervisor-firmware) to boot instead of a kernel: absolute path. */
  readonly firmware?: string;
  /** CPUs to which a running VM can be resized. Default: `cpus`. */
  readonly maxCpus?: number;
  /** CPU topology of the guest; the product of all four must be the maximum of CPUs. */
  readonly cpuTopology?: {
    readonly threadsPerCore: number;
    readonly coresPerDie: number;
    readonly diesPerPackage: number;
    readonly packages: number;
  };
  /** Host CPUs on which each virtual CPU may run. Default: all. */
  readonly cpuAffinity?: readonly { readonly cpu: number; readonly hostCpus: readonly number[] }[];
  /** Whether the guest may use hardware virtualization itself. Default true. */
  readonly nested?: boolean;
  /** MiB to which the memory of a running VM can be grown. Default: it cannot. */
  readonly maxMemoryMb?: number;
  /** How memory is added: `acpi` in steps of 128 MiB, or `virtio-mem`, which also takes it away again. Default `acpi`. */
  readonly memoryHotplug?: 'acpi' | 'virtio-mem';
  /** Back the memory by huge pages of the host, of its default size or of the one given. Default false. */
  readonly hugepages?: boolean | '2M' | '1G';
  /** Whether the memory is a file that helpers can map; snapshots of it leave out what was never written. Default: only where a share needs it. */
  readonly sharedMemory?: boolean;
  /** Whether the host may merge equal pages (KSM). Default false. */
  readonly mergeable?: boolean;
  /** Whether transparent huge pages are used. Default true. */
  readonly thp?: boolean;
  /** A memory balloon. Default: none. */
  readonly balloon?: {
    readonly sizeMb?: number;
    readonly deflateOnOom?: boolean;
    readonly freePageReporting?: boolean;
  };
  /** A watchdog device, which resets a guest that stops serving it. Default false. */
  readonly watchdog?: boolean;
  /** Limits of the disks, by their role. */
  readonly diskLimits?: { readonly root?: RateLimit; readonly seed?: RateLimit; readonly data?: RateLimit };
  /** Limits of every network interface. */
  readonly networkLimit?: RateLimit;
  /** Whether disks bypass the host's page cache. Default false. */
  readonly directIo?: boolean;
  /** System calls that Cloud Hypervisor's filters forbid end it (`on`), fail (`errno`, from v53 on) or are only logged. Default `on`. */
  readonly seccomp?: 'on' | 'errno' | 'log' | 'off';
  /** Whether Cloud Hypervisor confines itself to the files of its VM (Landlock). Default false. */
  readonly landlock?: boolean;
  /** How much the VMM log tells. `debug` and `trace` flood it. Default `info`. */
  readonly logLevel?: 'info' | 'debug' | 'trace';
  /**
   * Whether the VMM has a mount namespace of its own in which kernel, disks and sockets have the same names for every VM, so that snapshots name nothing of the
   * host. Needs root. Default false.
   */
  readonly privateMounts?: boolean;
  /** The folder that these names hide, in the VMM's own view only; it must exist and hold nothing of the VM. Absolute path. Default `/mnt`. */
  readonly privateMountPoint?: string;
  /** How a restore fills the memory: at once, or when it is touched. `auto` takes `on-demand` where it is lazy and safe (v52), else `copy`. Default `auto`. */
  readonly restoreMemory?: 'auto' | 'copy' | 'on-demand';
}

/** {@link CloudHvVmOptions} with its defaults filled in; null means none. */
export interface VmOptions {
  readonly firmware: string | null;
  readonly maxCpus: number | null;
  readonly cpuTopology: CloudHvVmOptions['cpuTopology'] | null;
  readonly cpuAffinity: NonNullable<CloudHvVmOptions['cpuAffinity']>;
  readonly nested: boolean;
  readonly maxMemoryMb: number | null;
  readonly memoryHotplug: 'acpi' | 'virtio-mem';
  readonly hugepages: boolean | '2M' | '1G';
  readonly sharedMemory: boolean | null;
  readonly mergeable: boolean;
  readonly thp: boolean;
  readonly balloon: CloudHvVmOptions['balloon'] | null;
  readonly watchdog: boolean;
  readonly diskLimits: NonNullable<CloudHvVmOptions['diskLimits']>;
  readonly networkLimit: RateLimit | null;
  readonly directIo: boolean;
  readonly seccomp: 'on' | 'errno' | 'log' | 'off';
  readonly landlock: boolean;
  readonly logLevel: 'info' | 'debug' | 'trace';
  readonly privateMounts: boolean;
  readonly privateMountPoint: string;
  readonly restoreMemory: 'auto' | 'copy' | 'on-demand';
}

/** The shape of {@link CloudHvVmOptions}; made where it is used, since importing a package does no work. */
export function vmOptionsShape(): v.GenericSchema {
  const { optional, strictObject, boolean, array, picklist } = v;
  const bucket = strictObject({ size: whole(1), burst: optional(whole(0)), refillMs: whole(1) });
  const limit = strictObject({ bandwidth: optional(bucket), operations: optional(bucket) });
  const topology = { threadsPerCore: whole(1), coresPerDie: whole(1), diesPerPackage: whole(1), packages: whole(1) };
  const hostCpus = v.pipe(array(whole(0)), v.nonEmpty('must not be empty'));
  const balloon = {
    sizeMb: optional(whole(0)),
    deflateOnOom: optional(boolean()),
    freePageReporting: optional(boolean()),
  };
  return strictObject({
    firmware: optional(absolutePath()),
    maxCpus: optional(whole(1)),
    cpuTopology: optional(strictObject(topology)),
    cpuAffinity: optional(array(strictObject({ cpu: whole(0), hostCpus }))),
    nested: optional(boolean()),
    maxMemoryMb: optional(whole(1)),
    memoryHotplug: optional(picklist(['acpi', 'virtio-mem'])),
    hugepages: optional(v.union([boolean(), picklist(['2M', '1G'])])),
    sharedMemory: optional(boolean()),
    mergeable: optional(boolean()),
    thp: optional(boolean()),
    balloon: optional(strictObject(balloon)),
    watchdog: optional(boolean()),
    diskLimits: optional(strictObject({ root: optional(limit), seed: optional(limit), data: optional(limit) })),
    networkLimit: optional(limit),
    directIo: optional(boolean()),
    seccomp: optional(picklist(['on', 'errno', 'log', 'off'])),
    landlock: optional(boolean()),
    logLevel: optional(picklist(['info', 'debug', 'trace'])),
    privateMounts: optional(boolean()),
    privateMountPoint: optional(absolutePath()),
    restoreMemory: optional(picklist(['auto', 'copy', 'on-demand'])),
  } satisfies Record<keyof CloudHvVmOptions, v.GenericSchema>);
}

/** All that is wrong with the `driverOptions` of a VM, each with its path. */
export function vmOptionProblems(driverOptions: unknown): readonly Problem[] {
  return problemsOf(vmOptionsShape(), driverOptions, ['driverOptions'], 'option of Cloud Hypervisor');
}

/** Fills in the defaults of options that were checked. Pure. */
export function resolveVmOptions(given: CloudHvVmOptions): VmOptions {
  // A program may say "no opinion" by undefined.
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    firmware: null,
    maxCpus: null,
    cpuTopology: null,
    cpuAffinity: [],
    nested: true,
    maxMemoryMb: null,
    memoryHotplug: 'acpi',
    hugepages: false,
    sharedMemory: null,
    mergeable: false,
    thp: true,
    balloon: null,
    watchdog: false,
    diskLimits: {},
    networkLimit: null,
    directIo: false,
    seccomp: 'on',
    landlock: false,
    logLevel: 'info',
    privateMounts: false,
    privateMountPoint: '/mnt',
    restoreMemory: 'auto',
    ...options,
  };
}
