import { type BootSpec, formatProblems } from '@vmrs/core/driver';
import { above0, problemsOf, type VirtiofsdSandbox, words } from '@vmrs/driver-kit';
import * as v from 'valibot';
import { type CloudHvVmOptions, resolveVmOptions, type VmOptions, vmOptionsShape } from './vm-options.ts';

/** What can be chosen about the Cloud Hypervisor driver. Everything has a default that works. */
export interface CloudHvOptions {
  /** Path of `cloud-hypervisor`. Default: `$VMRS_CLOUD_HYPERVISOR`, else the first one in `PATH`, else where distributions put it. */
  readonly binary?: string;
  /** Path of `virtiofsd`. Default: looked for in `PATH` and where distributions put it. */
  readonly virtiofsd?: string;
  /**
   * How virtiofsd locks itself in. `namespace` is the strongest; inside of some containers only `chroot` works, which needs root; `none` trusts it with all that
   * its user may do. Default `namespace`.
   */
  readonly virtiofsdSandbox?: VirtiofsdSandbox;
  /**
   * Whether a qcow2 image may take content from further files. A guest that had a disk as raw can write a header to it that names
   * any file of the host; so follow such names only for images that no guest has had as raw. Default `refuse`.
   */
  readonly backingFiles?: 'refuse' | 'follow';
  /** Milliseconds until a started Cloud Hypervisor must answer on its API socket. Default 30000. */
  readonly startTimeoutMs?: number;
  /** Milliseconds for which the API waits when a device's other half (virtiofsd) does not answer; a boot takes no longer. Default 65000. */
  readonly bootTimeoutMs?: number;
  /** What holds for every VM that does not say otherwise in its `driverOptions`. */
  readonly vm?: CloudHvVmOptions;
}

/** {@link CloudHvOptions} with its defaults filled in; null means "to be found out". */
export interface ResolvedOptions {
  readonly binary: string | null;
  readonly virtiofsd: string | null;
  readonly virtiofsdSandbox: VirtiofsdSandbox;
  readonly backingFiles: 'refuse' | 'follow';
  readonly startTimeoutMs: number;
  readonly bootTimeoutMs: number;
  readonly vm: CloudHvVmOptions;
}

/** Cloud Hypervisor itself gives up on a vhost-user device after 60 s. */
const BOOT_TIMEOUT_MS = 65_000;

/** Fills in the defaults. Throws `TypeError` for options that make no sense, with all that is wrong with them. */
export function resolveOptions(options: CloudHvOptions = {}): ResolvedOptions {
  const { optional, picklist } = v;
  const shape = v.strictObject({
    binary: optional(words()),
    virtiofsd: optional(words()),
    virtiofsdSandbox: optional(picklist(['namespace', 'chroot', 'none'])),
    backingFiles: optional(picklist(['refuse', 'follow'])),
    startTimeoutMs: optional(above0()),
    bootTimeoutMs: optional(above0()),
    vm: optional(vmOptionsShape()),
  } satisfies Record<keyof CloudHvOptions, v.GenericSchema>);
  const problems = problemsOf(shape, options, [], 'option of this driver');
  if (problems.length > 0) throw new TypeError(`cloudhv driver: ${formatProblems(problems)}`);
  return {
    binary: options.binary ?? null,
    virtiofsd: options.virtiofsd ?? null,
    virtiofsdSandbox: options.virtiofsdSandbox ?? 'namespace',
    backingFiles: options.backingFiles ?? 'refuse',
    startTimeoutMs: options.startTimeoutMs ?? 30_000,
    bootTimeoutMs: options.bootTimeoutMs ?? BOOT_TIMEOUT_MS,
    vm: options.vm ?? {},
  };
}

/** The options of one VM: its own before those of the driver before the defaults. What it is given was validated. */
export function optionsOf(spec: Pick<BootSpec, 'driverOptions'>, { vm }: Pick<ResolvedOptions, 'vm'>): VmOptions {
  return resolveVmOptions({ ...vm, ...(spec.driverOptions as CloudHvVmOptions) });
}
