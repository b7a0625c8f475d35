import type { ProcessIdentityShape } from './process-identity-shape.ts';

/** One thing that is wrong with an input or with this host. */
export interface Problem {
  /** What it is about: a config path such as `networks[1].mac`, a file, a capability or a program. Empty for the whole. */
  readonly path: string;
  /** What is wrong, in a sentence. */
  readonly message: string;
  /** What to do about it, when that is not plain from the message. */
  readonly fix?: string;
}

/** How a driver candidate fared when one was looked for. */
export interface DriverCandidate {
  /** Driver id (`qemu`), or the package's name when its id could not be read. */
  readonly id: string;
  /** npm package it came from, when it came from one. */
  readonly package?: string;
  /** Why it cannot serve here. */
  readonly reason: string;
  /** What would make it serve. */
  readonly fix?: string;
}

/** What was known when a guest turned out not to become ready, or a VM not to boot. */
export interface Evidence {
  /** How far it had come: `spawning`, `connecting`, `waiting for the marker`, `waiting for probe tcp:22`, ... */
  readonly stage: string;
  /** Milliseconds since the operation began. */
  readonly elapsedMs: number;
  /** How the VMM or guest ended, if it did. */
  readonly exit: { readonly how: string; readonly code: number | null; readonly signal: string | null } | null;
  /** The last lines of the guest's console, escape sequences removed. */
  readonly consoleTail: readonly string[];
  /** The last lines of the VMM's own log. */
  readonly vmmLogTail: readonly string[];
}

/** One rung of the stop ladder, as it went. */
export interface RungReport {
  readonly rung: 'power-button' | 'terminate' | 'sigterm' | 'sigkill';
  /** `worked`: the VMM was gone within the rung's deadline. */
  readonly outcome: 'worked' | 'timed-out' | 'failed' | 'unsupported' | 'skipped';
  readonly elapsedMs: number;
  /** Why it failed, for `failed`. */
  readonly error?: string;
}

/** Every error code with the details an error of that code carries. The table is closed: drivers use it and add nothing. */
export interface ErrorDetails {
  /** The configuration or options are wrong. Lists every problem at once. */
  INVALID_CONFIG: { readonly problems: readonly Problem[] };
  /** The driver cannot do what was asked. Raised before any side effect. */
  UNSUPPORTED: { readonly capabilities: readonly string[]; readonly problems: readonly Problem[] };
  /** No VM of that name. */
  NOT_FOUND: Record<never, never>;
  /** A VM of that name exists, or another process is working on the name. */
  ALREADY_EXISTS: { readonly state: string; readonly ownerPid?: number };
  /** The operation makes no sense in the VM's present state. */
  INVALID_STATE: { readonly state: string; readonly operation: string };
  /** This host lacks something the VM needs. Lists every problem at once; nothing was started. */
  PREFLIGHT_FAILED: { readonly problems: readonly Problem[] };
  /** The VM could not be started; everything made for it is undone. */
  BOOT_FAILED: Evidence;
  /** The VM ended before it became ready. */
  NOT_READY: Evidence;
  /** The VM could not be stopped, or not proven gone. */
  STOP_FAILED: { readonly rungs: readonly RungReport[] };
  /** The VM's state could not be found out. Never reported as `stopped` instead. */
  STATE_FAILED: Record<never, never>;
  /** Taking a snapshot or restoring one failed. */
  SNAPSHOT_FAILED: { readonly directory: string; readonly problems: readonly Problem[] };
  /** A deadline passed. */
  TIMEOUT: { readonly operation: string; readonly timeoutMs: number; readonly evidence?: Evidence };
  /** The caller's signal was aborted; `cause` is its reason. */
  ABORTED: { readonly operation: string; readonly evidence?: Evidence };
  /** The pid now belongs to another process; nothing was sent to it. */
  STALE_PROCESS: { readonly expected: ProcessIdentityShape; readonly found: ProcessIdentityShape | null };
  /** No driver can serve here; each candidate with its reason. */
  NO_DRIVER: { readonly candidates: readonly DriverCandidate[] };
  /** A driver package could not be loaded. */
  DRIVER_LOAD: { readonly driver: string; readonly entry: string };
  /** A driver was written for another contract than this core's. */
  CONTRACT_MISMATCH: { readonly driver: string; readonly driverContract: string; readonly coreContract: string };
  /** The hypervisor refused or failed; `native` is its own words. */
  HYPERVISOR: { readonly operation: string; readonly native?: string };
  /** The operating system refused; `cause` is its error. */
  IO: { readonly path?: string };
  /** A record on disk cannot be read; it was set aside. */
  STORE_CORRUPT: { readonly path: string; readonly setAside: string | null };
}

/** A code of the closed table {@link ErrorDetails}. */
export type ErrorCode = keyof ErrorDetails;

/**
 * The text of an error, by code. The forms with a VM's name are those of the reference implementation and are kept,
 * so that people who search for them find them.
 */
export const ERROR_TEXT: { readonly [C in ErrorCode]: (vm: string, detail: string) => string } = {
  INVALID_CONFIG: (_, detail) => `invalid config: ${detail}`,
  UNSUPPORTED: (_, detail) => `unsupported: ${detail}`,
  NOT_FOUND: (vm) => `VM '${vm}' not found`,
  ALREADY_EXISTS: (vm, detail) => `VM '${vm}' already exists${suffix(detail)}`,
  INVALID_STATE: (vm, detail) => `invalid state of '${vm}': ${detail}`,
  PREFLIGHT_FAILED: (vm, detail) => `this host cannot run ${vm === '' ? 'VMs' : `'${vm}'`}: ${detail}`,
  BOOT_FAILED: (vm, detail) => `boot failed for '${vm}': ${detail}`,
  NOT_READY: (vm, detail) => `'${vm}' did not become ready: ${detail}`,
  STOP_FAILED: (vm, detail) => `failed to stop '${vm}': ${detail}`,
  STATE_FAILED: (vm, detail) => `failed to query state for '${vm}': ${detail}`,
  SNAPSHOT_FAILED: (vm, detail) => `snapshot failed${forVm(vm)}: ${detail}`,
  TIMEOUT: (vm, detail) => `timeout${forVm(vm)}: ${detail}`,
  ABORTED: (vm, detail) => `aborted${forVm(vm)}: ${detail}`,
  STALE_PROCESS: (vm, detail) => `stale process${forVm(vm)}: ${detail}`,
  NO_DRIVER: (_, detail) => `no driver can serve here: ${detail}`,
  DRIVER_LOAD: (_, detail) => `driver cannot be loaded: ${detail}`,
  CONTRACT_MISMATCH: (_, detail) => `driver contract mismatch: ${detail}`,
  HYPERVISOR: (_, detail) => `hypervisor error: ${detail}`,
  IO: (_, detail) => `I/O error: ${detail}`,
  STORE_CORRUPT: (_, detail) => `corrupt record: ${detail}`,
};

/** The VM's name, where one is known. */
function forVm(vm: string): string {
  return vm === '' ? '' : ` for '${vm}'`;
}

function suffix(detail: string): string {
  return detail === '' ? '' : `: ${detail}`;
}
