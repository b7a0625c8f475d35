import type { Problem } from '@vmrs/core/driver';
import { z } from 'zod';

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

/** A schema of {@link CloudHvVmOptions}; made where it is used, since importing a package does no work. */
export function vmOptionsSchema(): z.ZodType<CloudHvVmOptions> {
  const count = z.int().min(1);
  const absolute = z.string().regex(/^\/[^\0\n]*$/, 'must be an absolute path');
  const bucket = z.strictObject({ size: count, burst: z.int().min(0).optional(), refillMs: count });
  const limit = z.strictObject({ bandwidth: bucket.optional(), operations: bucket.optional() });
  const topology = { threadsPerCore: count, coresPerDie: count, diesPerPackage: count, packages: count };
  const schema = z.strictObject({
    firmware: absolute.optional(),
    maxCpus: count.optional(),
    cpuTopology: z.strictObject(topology).optional(),
    cpuAffinity: z.array(z.strictObject({ cpu: z.int().min(0), hostCpus: z.array(z.int().min(0)).min(1) })).optional(),
    nested: z.boolean().optional(),
    maxMemoryMb: count.optional(),
    memoryHotplug: z.enum(['acpi', 'virtio-mem']).optional(),
    hugepages: z.union([z.boolean(), z.enum(['2M', '1G'])]).optional(),
    sharedMemory: z.boolean().optional(),
    mergeable: z.boolean().optional(),
    thp: z.boolean().optional(),
    balloon: z
      .strictObject({
        sizeMb: z.int().min(0).optional(),
        deflateOnOom: z.boolean().optional(),
        freePageReporting: z.boolean().optional(),
      })
      .optional(),
    watchdog: z.boolean().optional(),
    diskLimits: z.strictObject({ root: limit.optional(), seed: limit.optional(), data: limit.optional() }).optional(),
    networkLimit: limit.optional(),
    directIo: z.boolean().optional(),
    seccomp: z.enum(['on', 'errno', 'log', 'off']).optional(),
    landlock: z.boolean().optional(),
    logLevel: z.enum(['info', 'debug', 'trace']).optional(),
    privateMounts: z.boolean().optional(),
    privateMountPoint: absolute.optional(),
    restoreMemory: z.enum(['auto', 'copy', 'on-demand']).optional(),
  });
  return schema as unknown as z.ZodType<CloudHvVmOptions>;
}

/** All that is wrong with the `driverOptions` of a VM, each with its path. */
export function vmOptionProblems(driverOptions: unknown): readonly Problem[] {
  const { error } = vmOptionsSchema().safeParse(driverOptions);
  return (error?.issues ?? []).flatMap((issue): Problem[] => {
    const path = ['driverOptions', ...issue.path.map(String)].join('.');
    if (issue.code !== 'unrecognized_keys') return [{ path, message: issue.message }];
    return issue.keys.map((key) => ({ path: `${path}.${key}`, message: 'is no option of Cloud Hypervisor' }));
  });
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
