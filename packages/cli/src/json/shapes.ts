import type {
  BootSpec,
  Capability,
  GcItem,
  JsonObject,
  Problem,
  RungReport,
  VmExit,
  VmFilePaths,
  VmStatus,
} from '@vmrs/core';

/** A VM, in `ls`, `run --detach` and `restore`. `ls` gives `{ "vms": [...] }`, with `-w` one such line at each change. */
export interface VmView {
  readonly namespace: string;
  readonly name: string;
  readonly instanceId: string;
  readonly driver: string;
  readonly state: VmStatus;
  /** The guest's address; null unless it is ready. */
  readonly ip: string | null;
  /** Why it failed. */
  readonly reason: string | null;
  /** How it ended. */
  readonly exit: VmExit | null;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The process that holds it, if any. */
  readonly ownerPid: number | null;
  /** Why its state could not be told. */
  readonly problem: string | null;
}

/** `inspect`. */
export interface InspectView extends VmView {
  readonly lifetime: string;
  readonly pid: number | null;
  readonly files: VmFilePaths;
  /** Without secrets, unless `--show-secrets`. */
  readonly config: BootSpec;
}

/** A driver, in `drivers` and `doctor`. */
export interface DriverView {
  readonly id: string;
  /** npm package, where it comes from one. */
  readonly package: string | null;
  /** The contract it was written for, such as `1.0`. */
  readonly contract: string | null;
  /** Empty for all. */
  readonly platforms: readonly string[];
  readonly priority: number | null;
  readonly usable: boolean;
  /** Whether it is the one that boots VMs. */
  readonly chosen: boolean;
  /** Why it cannot be used, and what to do about it. */
  readonly reason: string | null;
  readonly fix: string | null;
  /** What is limited though it can be used. */
  readonly problems: readonly Problem[];
  readonly facts: JsonObject;
  readonly capabilities: { readonly [C in Capability]: boolean } | null;
}

/** `drivers`. */
export interface DriversView {
  /** The application whose dependencies were looked through. */
  readonly from: string;
  readonly drivers: readonly DriverView[];
}

/** `doctor`. */
export interface DoctorView extends DriversView {
  /** Whether VMs can be booted here. */
  readonly ok: boolean;
  readonly versions: { readonly node: string; readonly platform: string };
  readonly stateDir: string;
  readonly runtimeDir: string;
  readonly checks: readonly CheckView[];
}

/** One check of `doctor`. */
export interface CheckView {
  readonly what: string;
  readonly ok: boolean;
  readonly message: string;
  readonly fix: string | null;
}

/** `validate`. */
export interface ValidateView {
  readonly valid: boolean;
  /** The driver whose rules were checked; null when only those of core were. */
  readonly driver: string | null;
  readonly problems: readonly PlacedProblem[];
}

/** A problem and, in a file, where it is: `12:3`, line and column. */
export interface PlacedProblem extends Problem {
  readonly at: string | null;
}

/** `plan`. */
export interface PlanView {
  readonly driver: string;
  /** What the driver found on this host: hypervisor, version, accelerator. */
  readonly facts: JsonObject;
  /** With every default, and without secrets, unless `--show-secrets`. */
  readonly config: BootSpec;
  readonly lifetime: string;
  /** What is made for the VM, and removed with it. */
  readonly makes: readonly { readonly what: string; readonly where: string }[];
  /** The VM that has the name at present. */
  readonly present: VmView | null;
}

/** One VM of `stop` and `kill`: `{ "results": [...] }`. */
export interface StopView extends VmExit {
  readonly namespace: string;
  readonly name: string;
  readonly rungs: readonly RungReport[];
  readonly problems: readonly Problem[];
}

/** `gc`. */
export interface GcView {
  readonly dryRun: boolean;
  readonly released: readonly GcItem[];
  readonly kept: readonly GcItem[];
  readonly failed: readonly GcItem[];
}

/** `guest build`. */
export interface GuestView {
  readonly arch: string;
  readonly kernel: string;
  readonly vmlinux: string | null;
  readonly initramfs: string;
  readonly kernelVersion: string;
  readonly busyboxVersion: string;
  readonly cached: boolean;
}

/** `wait`, and the last line of `run`. */
export interface EndView {
  readonly namespace: string;
  readonly name: string;
  readonly state: VmStatus;
  readonly ip: string | null;
  readonly reason: string | null;
  readonly exit: VmExit | null;
}
