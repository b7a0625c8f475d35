import type { BootSpec } from '../config/boot-spec.ts';
import type { Problem } from '../errors/index.ts';
import type { AbortOptions } from '../util/abort.ts';
import type { Clock } from '../util/clock.ts';
import type { JsonObject } from '../util/json.ts';
import type { DriverCapabilities } from './capabilities.ts';
import type { Logger } from './logger.ts';
import type { Machine, MachineEvent } from './machine.ts';
import type { Lifetime, ProcessHost, ProcessIdentity } from './process.ts';
import type { ResourceScope } from './resources.ts';
import type { ContractVersion } from './version.ts';

/** What this host allows a driver to do. */
export interface ProbeReport {
  /** Whether a VM can be booted here at all. */
  readonly usable: boolean;
  /** Why not, or what is limited; each with its fix. Empty when all is well. */
  readonly problems: readonly Problem[];
  /** What was found, for people and logs: hypervisor version, accelerator, paths. */
  readonly facts: JsonObject;
}

/** Where things of one VM lie. All exist when a driver is called, with mode 0700 and owned by the controller's user. */
export interface VmPaths {
  /** Short path for sockets: with a name of up to 24 bytes appended it stays below the limit of the platform (104 bytes on macOS, 108 on Linux). */
  readonly runtimeDir: string;
  /** The VM's folder. */
  readonly stateDir: string;
  /** The guest's console; bytes before the boot never count. The file exists; drivers append to it and never truncate it. */
  readonly serialLog: string;
  /** stdout and stderr of the VMM. */
  readonly vmmLog: string;
}

/** What core hands a driver for one VM. An object, so that fields can be added in a minor of the contract. */
export interface DriverContext {
  readonly vm: { readonly namespace: string; readonly name: string; readonly instanceId: string };
  readonly paths: VmPaths;
  readonly logger: Logger;
  /** Aborted when the boot, adoption or restore is given up. The driver ends what it started and rejects. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** What was asked for the VM. {@link DriverContext.processes} sees to it; a driver with a machine without a process does so itself. */
  readonly lifetime: Lifetime;
  /** Side effects other than processes. */
  readonly resources: ResourceScope;
  readonly processes: ProcessHost;
  /**
   * Keeps what `adopt` will need to find the VM again, replacing what was kept before; resolves when it is on disk.
   * Call it before the side effect that it describes.
   */
  remember(control: JsonObject): Promise<void>;
  /** Reports what happened to the machine. May be called at any time after `boot`, `adopt` or `restore` was called. */
  notify(event: MachineEvent): void;
}

/** The options for one VM of a driver that has none. */
export type NoVmOptions = Readonly<Record<string, never>>;

/** What is known of a living VM whose controller has ended. */
export interface MachineRecord {
  readonly spec: BootSpec;
  /** The VMM as recorded; its identity was checked just before. Null when the driver's machine has no process. */
  readonly process: ProcessIdentity | null;
  /** The other processes of the VM, in the order in which they were started; one may have ended unnoticed. Take each back by `context.processes.attach`. */
  readonly helpers: readonly { readonly role: string; readonly process: ProcessIdentity }[];
  /** What the driver last gave to `remember`; empty if nothing. */
  readonly control: JsonObject;
}

/** A complete snapshot on disk, with its manifest checked by core. */
export interface SnapshotRef {
  readonly directory: string;
  /** What `Machine.snapshot` returned. */
  readonly data: JsonObject;
}

/**
 * A hypervisor's driver: primitives only. State names, double-start checks, grace timers, readiness, retries, event streams,
 * rollback and clean-up order are core's.
 *
 * `Options` is the type of the driver's options for one VM, for users who name the driver: their `driverOptions` are checked by the compiler then. Default: any.
 */
export interface VmDriver<Options extends object = object> {
  /** Lower-case letters, digits and `-`; equals the id in the package's manifest. */
  readonly id: string;
  /** The contract it was written for, as a literal. */
  readonly contract: ContractVersion;
  /** Frozen; the same for the life of the process. */
  readonly capabilities: DriverCapabilities;
  /** Names of what `machine.operate` takes, at least one; lower-case words joined by `-`. Present exactly with the capability `operations`. */
  readonly operations?: readonly string[];
  /** For the compiler alone; no driver has it. */
  readonly '~vmOptions'?: Options;
  /** What this host allows. No side effects that stay; never throws for "unsupported". */
  probe(options?: AbortOptions): Promise<ProbeReport>;
  /**
   * Rules of this hypervisor over and above core's, for one VM: returns **all** problems, touches nothing. Core calls it
   * after its own validation and before any side effect. With the capability `driverOptions` it also checks those strictly: each member that
   * it does not know, or that it cannot honour, is a problem at its path, such as `driverOptions.cpu.cores`.
   */
  validate(spec: BootSpec): Promise<readonly Problem[]>;
  /** Starts a VM. Resolves when the hypervisor executes it; on failure nothing stays behind. Throws `BOOT_FAILED`, `HYPERVISOR`. */
  boot(spec: BootSpec, context: DriverContext): Promise<Machine>;
  /** Takes a living VM back after a restart of the controller. Throws `STALE_PROCESS` when it is gone. */
  adopt(record: MachineRecord, context: DriverContext): Promise<Machine>;
  /** Starts a VM from a snapshot; it ends up paused. Present exactly with the capability `snapshot`. */
  restore?(snapshot: SnapshotRef, spec: BootSpec, context: DriverContext): Promise<Machine>;
}
