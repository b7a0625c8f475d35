import type { AnyVmOptions, VmConfig } from '../../config/index.ts';
import type { Lifetime, Logger } from '../../contract/index.ts';
import type { DriverSource } from '../../discovery/index.ts';
import type { Problem } from '../../errors/index.ts';
import type { AbortOptions } from '../../util/abort.ts';
import type { Clock } from '../../util/clock.ts';
import type { FileSystem } from '../../util/file-system.ts';
import { invalidConfig } from '../refusals.ts';
import { checkKnown, checkSignal, checkTime, shown } from './check-options.ts';
import type { Keep } from './keep.ts';

/** Options of {@link VmManager.open}. */
export interface ManagerOptions<Source extends DriverSource = DriverSource> extends AbortOptions {
  /** Drivers to choose from, or factories that are called only when their turn comes. Default: found among the application's dependencies. */
  readonly drivers?: readonly Source[];
  /**
   * Id of the driver to use. Default: `$VMRS_DRIVER`, else the usable one of highest priority. Null: none is looked for, loaded or asked. Such a manager boots and
   * restores nothing; it lists, takes back, ends and removes VMs, whose drivers are loaded when they are needed.
   */
  readonly driver?: string | null;
  /** Where to look for driver packages: a file or folder of the application, as path or `import.meta.url`. Default: the main program. */
  readonly from?: string | URL;
  /** Folder of records and logs, absolute. Default: `$VMRS_HOME`, else the platform's state directory. */
  readonly stateDir?: string;
  /** Folder of sockets, absolute and short. Default: the platform's runtime directory. */
  readonly runtimeDir?: string;
  /** What becomes of the folder (record, logs) of a VM that has ended. Default `on-failure`: kept as evidence of failures only. */
  readonly keep?: Keep;
  /**
   * How long VMs live unless said otherwise at boot. Default `detached`: on and on, for this or a later controller to stop. `attached`: no
   * longer than this process, however it ends, SIGKILL included; `close()` ends them, too.
   */
  readonly lifetime?: Lifetime;
  /** Default: silent. Any pino logger fits. */
  readonly logger?: Logger;
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** What records, ledgers and locks are written with: for tests of what happens when a disk fails. Default: the machine's. */
  readonly fileSystem?: FileSystem;
}

/** Options of {@link VmManager.boot} and {@link VmManager.restore}. */
export interface BootOptions extends AbortOptions {
  /** Milliseconds until the hypervisor must execute the guest. Default 60000. */
  readonly timeoutMs?: number;
  /** Default: that of the manager. */
  readonly lifetime?: Lifetime;
}

/** What a VM that is restored from a snapshot may have of its own; each field that is given takes the place of the saved one as a whole. */
export type RestoreOverrides<Options extends object = AnyVmOptions> = Partial<
  Pick<
    VmConfig<Options>,
    'name' | 'namespace' | 'rootDisk' | 'dataDisk' | 'seedIso' | 'networks' | 'serialLog' | 'netns' | 'driverOptions'
  >
>;

/** Names a VM; the namespace defaults to `default`. */
export interface NamespaceOptions extends AbortOptions {
  readonly namespace?: string;
}

/** Options of {@link VmManager.remove}. */
export interface RemoveOptions extends NamespaceOptions {
  /** Whether a VM that lives is ended first. Default false. */
  readonly force?: boolean;
}

/** Options of {@link VmManager.gc}. */
export interface GcOptions extends AbortOptions {
  /** Only say what would be done. Default false. */
  readonly dryRun?: boolean;
}

const DEFAULT_BOOT_MS = 60_000;

const MANAGER_OPTIONS: readonly string[] = [
  'drivers',
  'driver',
  'from',
  'stateDir',
  'runtimeDir',
  'keep',
  'lifetime',
  'logger',
  'clock',
  'fileSystem',
  'signal',
] satisfies readonly (keyof ManagerOptions)[];

const KEEPS: readonly string[] = ['always', 'on-failure', 'never'] satisfies readonly Keep[];

const LIFETIMES: readonly string[] = ['detached', 'attached'] satisfies readonly Lifetime[];

const OVERRIDABLE: readonly string[] = [
  'name',
  'namespace',
  'rootDisk',
  'dataDisk',
  'seedIso',
  'networks',
  'serialLog',
  'netns',
  'driverOptions',
] satisfies readonly (keyof RestoreOverrides)[];

/** Throws `TypeError` for options of a manager that would fail only later, and less plainly. */
export function checkManagerOptions(options: { readonly [K in keyof ManagerOptions]?: unknown }): void {
  checkKnown('VmManager.open()', options, MANAGER_OPTIONS);
  checkSignal(options);
  const { keep, lifetime, drivers, driver, logger, fileSystem } = options;
  checkLifetime(lifetime);
  if (keep !== undefined && !KEEPS.includes(String(keep))) {
    throw new TypeError(`keep must be one of ${KEEPS.join(', ')}, got ${shown(keep)}`);
  }
  if (driver !== undefined && driver !== null && typeof driver !== 'string') {
    throw new TypeError(`driver must be the id of a driver, or null, got ${shown(driver)}`);
  }
  if (drivers !== undefined && !Array.isArray(drivers)) {
    throw new TypeError(`drivers must be an array of drivers or factories, got ${shown(drivers)}`);
  }
  if (logger !== undefined && !(typeof logger === 'object' && logger !== null && 'child' in logger)) {
    throw new TypeError(`logger must be a logger such as one of pino, got ${shown(logger)}`);
  }
  if (
    fileSystem !== undefined &&
    !(typeof fileSystem === 'object' && fileSystem !== null && 'createFile' in fileSystem)
  ) {
    throw new TypeError(`fileSystem must be one such as systemFileSystem, got ${shown(fileSystem)}`);
  }
}

/** The overrides that were given. Throws `INVALID_CONFIG` for what a saved memory cannot have otherwise. */
export function checkOverrides(overrides: RestoreOverrides<object>): RestoreOverrides {
  const given = Object.entries(overrides).filter(([, value]) => value !== undefined);
  const fixed = given.filter(([key]) => !OVERRIDABLE.includes(key));
  const problems = fixed.map(
    ([path]): Problem => ({
      path,
      message: `is part of the snapshot and cannot be changed; what can is ${OVERRIDABLE.join(', ')}`,
    }),
  );
  if (problems.length > 0) throw invalidConfig(problems);
  return Object.fromEntries(given);
}

/** The options of a start with their defaults. Throws `TypeError`. */
export function checkStart(options: BootOptions, defaults: Pick<ManagerOptions, 'lifetime'>): StartOptions {
  checkKnown('boot() or restore()', options, ['signal', 'timeoutMs', 'lifetime']);
  checkSignal(options);
  checkLifetime(options.lifetime);
  const { signal, lifetime = defaults.lifetime ?? 'detached' } = options;
  return { signal, lifetime, timeoutMs: checkTime('timeoutMs', options.timeoutMs, DEFAULT_BOOT_MS) };
}

/** {@link BootOptions} with their defaults. */
export interface StartOptions {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly lifetime: Lifetime;
}

function checkLifetime(lifetime: unknown): void {
  if (lifetime === undefined || LIFETIMES.includes(String(lifetime))) return;
  throw new TypeError(`lifetime must be one of ${LIFETIMES.join(', ')}, got ${shown(lifetime)}`);
}
