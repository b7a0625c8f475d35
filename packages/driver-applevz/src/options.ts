import { type BootSpec, formatProblems } from '@vmrs/core/driver';
import { above0, absolutePath, problemsOf } from '@vmrs/driver-kit';
import * as v from 'valibot';
import { type AppleVzVmOptions, resolveVmOptions, type VmOptions, vmOptionsShape } from './vm-options.ts';

/**
 * Where machines live:
 * - `process`: one host process per VM, which outlives the controller
 * - `inProcess`: in this process, which must have the entitlement; for VMs of lifetime `attached` only
 */
export type Mode = 'process' | 'inProcess';

/** What can be chosen about the Virtualization.framework driver. Everything has a default that works. */
export interface AppleVzOptions {
  /** Default `process`. */
  readonly mode?: Mode;
  /**
   * An executable that has the entitlement `com.apple.security.virtualization` and runs a Node.js program given as its first argument. Default: `$VMRS_APPLEVZ_HOST`, else this very
   * executable where it has the entitlement, else a signed copy of `hostNode`.
   */
  readonly hostPath?: string;
  /** The `node` of which the signed copy is made. Default: the one that runs this program. */
  readonly hostNode?: string;
  /** Folder for the signed copy, absolute. Default: `vmrs` in the user's caches. */
  readonly cacheDir?: string;
  /** The native addon, absolute. Default: `$VMRS_APPLEVZ_ADDON`, else the one that came with `@vmrs/applevz-addon`, else one that was built there. */
  readonly addon?: string;
  /** Milliseconds until a started host must answer, and until the framework must have started a machine, each. Default 30000. */
  readonly startTimeoutMs?: number;
  /** What holds for every VM that does not say otherwise in its `driverOptions`. */
  readonly vm?: AppleVzVmOptions;
}

/** {@link AppleVzOptions} with its defaults filled in; null means "to be found out". */
export interface ResolvedOptions {
  readonly mode: Mode;
  readonly hostPath: string | null;
  readonly hostNode: string | null;
  readonly cacheDir: string | null;
  readonly addon: string | null;
  readonly startTimeoutMs: number;
  readonly vm: AppleVzVmOptions;
}

/** Fills in the defaults. Throws `TypeError` for options that make no sense, with all that is wrong with them. */
export function resolveOptions(options: AppleVzOptions = {}): ResolvedOptions {
  const { optional } = v;
  const shape = v.strictObject({
    mode: optional(v.picklist(['process', 'inProcess'])),
    hostPath: optional(absolutePath()),
    hostNode: optional(absolutePath()),
    cacheDir: optional(absolutePath()),
    addon: optional(absolutePath()),
    startTimeoutMs: optional(above0()),
    vm: optional(vmOptionsShape()),
  } satisfies Record<keyof AppleVzOptions, v.GenericSchema>);
  const problems = problemsOf(shape, options, [], 'option of this driver');
  if (problems.length > 0) throw new TypeError(`applevz driver: ${formatProblems(problems)}`);
  return {
    mode: options.mode ?? 'process',
    hostPath: options.hostPath ?? null,
    hostNode: options.hostNode ?? null,
    cacheDir: options.cacheDir ?? null,
    addon: options.addon ?? null,
    startTimeoutMs: options.startTimeoutMs ?? 30_000,
    vm: options.vm ?? {},
  };
}

/** The options of one VM: its own before those of the driver before the defaults. What it is given was validated. */
export function optionsOf(spec: Pick<BootSpec, 'driverOptions'>, { vm }: Pick<ResolvedOptions, 'vm'>): VmOptions {
  return resolveVmOptions({ ...vm, ...(spec.driverOptions as AppleVzVmOptions) });
}
