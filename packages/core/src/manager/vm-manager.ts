import { randomUUID } from 'node:crypto';
import type { BootSpec, VmConfig } from '../config/index.ts';
import type { Logger, ProbeReport, VmDriver } from '../contract/index.ts';
import { type DriverSource, resolveDriver, selectDriver } from '../discovery/index.ts';
import { type Problem, VmError } from '../errors/index.ts';
import { silentLogger } from '../log/index.ts';
import { isEnded } from '../state/index.ts';
import { listRecordFiles, readRecord, vmLayout } from '../store/index.ts';
import type { AbortOptions } from '../util/abort.ts';
import { type Clock, systemClock } from '../util/clock.ts';
import { adopt } from './adopt.ts';
import { checkSpec } from './check-spec.ts';
import { EventHub, type SubscribeOptions } from './event-hub.ts';
import { launch } from './launch.ts';
import { notFound } from './refusals.ts';
import { refuseLiving, sweepRemains } from './remains.ts';
import { type Roots, resolveRoots } from './roots.ts';
import { readSnapshot, savedConfig, snapshotError, snapshotProblems, snapshotRef } from './snapshot.ts';
import { Vm } from './vm.ts';
import type { ManagerEvent } from './vm-event.ts';
import { VmHome } from './vm-home.ts';
import { checkedKey, idOf, type VmKey } from './vm-key.ts';
import { type Keep, VmRuntime } from './vm-runtime.ts';
import { summarize, type VmSummary } from './vm-summary.ts';

/** Options of {@link VmManager.open}. */
export interface ManagerOptions extends AbortOptions {
  /** Drivers to choose from, or factories that are called only when their turn comes. Default: found among the application's dependencies. */
  readonly drivers?: readonly DriverSource[];
  /** Id of the driver to use. Default: `$VMRS_DRIVER`, else the usable one of highest priority. */
  readonly driver?: string;
  /** Where to look for driver packages: a file or folder of the application, as path or `import.meta.url`. Default: the main program. */
  readonly from?: string | URL;
  /** Folder of records and logs, absolute. Default: `$VMRS_HOME`, else the platform's state directory. */
  readonly stateDir?: string;
  /** Folder of sockets, absolute and short. Default: the platform's runtime directory. */
  readonly runtimeDir?: string;
  /** What becomes of the folder (record, logs) of a VM that has ended. Default `on-failure`: kept as evidence of failures only. */
  readonly keep?: Keep;
  /** Default: silent. Any pino logger fits. */
  readonly logger?: Logger;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** Options of {@link VmManager.boot} and {@link VmManager.restore}. */
export interface BootOptions extends AbortOptions {
  /** Milliseconds until the hypervisor must execute the guest. Default 60000. */
  readonly timeoutMs?: number;
}

/** What a VM that is restored from a snapshot may have of its own. */
export type RestoreOverrides = Partial<
  Pick<VmConfig, 'name' | 'namespace' | 'rootDisk' | 'dataDisk' | 'seedIso' | 'networks' | 'serialLog' | 'netns'>
>;

/** Names a VM; the namespace defaults to `default`. */
export interface NamespaceOptions extends AbortOptions {
  readonly namespace?: string;
}

/** What {@link VmManager.adoptAll} did. */
export interface AdoptionReport {
  /** The VMs now held by this manager, living and ended. */
  readonly adopted: readonly Vm[];
  /** What could not be taken back and why; it is left as it is. */
  readonly problems: readonly Problem[];
}

const DEFAULT_BOOT_MS = 60_000;

/** Boots VMs, remembers them on disk, and takes back those of earlier controllers. */
export class VmManager implements AsyncDisposable {
  /** What the chosen driver said about this host. */
  readonly probe: ProbeReport;
  readonly #driver: VmDriver;
  readonly #options: ManagerOptions;
  readonly #roots: Roots;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #live = new Map<string, VmRuntime>();
  readonly #hub = new EventHub<ManagerEvent>();
  #closed: Promise<void> | null = null;

  private constructor(driver: VmDriver, probe: ProbeReport, roots: Roots, options: ManagerOptions) {
    this.#driver = driver;
    this.probe = probe;
    this.#roots = roots;
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Chooses a driver for this host and opens the state directory. Starts nothing and takes nothing back by itself.
   * Throws `NO_DRIVER`, `DRIVER_LOAD`, `CONTRACT_MISMATCH`, `INVALID_CONFIG`, `ABORTED`.
   */
  static async open(options: ManagerOptions = {}): Promise<VmManager> {
    const roots = resolveRoots(options);
    const { driver, report } = await selectDriver(options);
    return new VmManager(driver, report, roots, options);
  }

  /** The driver that boots new VMs. */
  get driver(): VmDriver {
    return this.#driver;
  }

  /**
   * Boots a VM and resolves when the hypervisor executes it; {@link Vm.ready} waits for the guest.
   * On every failure everything made for it is undone. Throws `INVALID_CONFIG` (all problems at once, before any side effect),
   * `UNSUPPORTED`, `ALREADY_EXISTS`, `PREFLIGHT_FAILED`, `BOOT_FAILED`, `TIMEOUT`, `ABORTED`, `IO`.
   */
  async boot(config: VmConfig, options: BootOptions = {}): Promise<Vm> {
    this.#assertOpen();
    const spec = await checkSpec(config, this.#driver, this.#roots.state);
    return this.#launch(spec, options, 'boot', (context) => this.#driver.boot(spec, context));
  }

  /**
   * Starts a VM from a snapshot; it comes up paused. Everything that is not overridden is as it was when the snapshot was taken.
   * Throws `SNAPSHOT_FAILED` when it cannot work, before anything is started, and what {@link VmManager.boot} throws.
   */
  async restore(directory: string, overrides: RestoreOverrides = {}, options: BootOptions = {}): Promise<Vm> {
    this.#assertOpen();
    const driver = this.#driver;
    const manifest = await readSnapshot(directory);
    const spec = await checkSpec({ ...savedConfig(manifest), ...overrides }, driver, this.#roots.state);
    const problems = await snapshotProblems(manifest, spec, driver);
    if (problems.length > 0) throw snapshotError(spec.name, directory, 'it cannot be restored here', problems);
    return this.#launch(
      spec,
      options,
      'restore',
      async (context) => {
        if (driver.restore === undefined)
          throw snapshotError(spec.name, directory, `driver '${driver.id}' has no restore`, []);
        return driver.restore(snapshotRef(directory, manifest), spec, context);
      },
      manifest.ip,
    );
  }

  /** The VM of that name: one of this manager's, or one that an earlier controller left, which is taken back. Throws `NOT_FOUND`, `ALREADY_EXISTS` (a living controller holds it), `STATE_FAILED`, `STORE_CORRUPT`. */
  async get(name: string, options: NamespaceOptions = {}): Promise<Vm> {
    this.#assertOpen();
    const key = checkedKey(name, options.namespace);
    const mine = this.#live.get(idOf(key));
    if (mine !== undefined) return new Vm(mine);
    const record = await readRecord(vmLayout(this.#roots.state, key.namespace, key.name).recordFile);
    if (record === null) throw notFound(key.name);
    const driver =
      record.driver.id === this.#driver.id ? this.#driver : await resolveDriver(record.driver.id, this.#options);
    if (record.ended !== null) {
      const { state, reason, exit } = record.ended;
      const ended =
        state === 'stopped' && exit !== null
          ? ({ status: 'stopped', exit } as const)
          : ({ status: 'failed', reason: reason ?? '', exit } as const);
      const runtime = this.#runtime(key, record.instanceId, driver, ended);
      runtime.ended.resolve({ state: ended, problems: [] });
      runtime.gone.resolve();
      return new Vm(runtime);
    }
    const runtime = this.#reserve(key, record.instanceId, driver);
    try {
      const home = await VmHome.claim(this.#roots, key, this.#logger);
      await adopt(runtime, home, options.signal);
    } catch (error) {
      this.#forget(runtime);
      throw error;
    }
    return new Vm(runtime);
  }

  /** All VMs on this state directory, whoever holds them, as far as can be told without taking them. */
  async list(): Promise<readonly VmSummary[]> {
    const keys = await listRecordFiles(this.#roots.state);
    const found = await Promise.all(keys.map((key) => summarize(this.#roots.state, key, this.#live.get(idOf(key)))));
    return found.filter((summary) => summary !== null);
  }

  /** Takes back every VM that earlier controllers left. One that cannot be taken is reported and the others go on. */
  async adoptAll(options: AbortOptions = {}): Promise<AdoptionReport> {
    const keys = await listRecordFiles(this.#roots.state);
    const adopted: Vm[] = [];
    const problems: Problem[] = [];
    await Promise.all(
      keys.map(async ({ namespace, name }) => {
        try {
          adopted.push(await this.get(name, { namespace, ...options }));
        } catch (error) {
          problems.push({
            path: `${namespace}/${name}`,
            message: error instanceof Error ? error.message : String(error),
          });
        }
      }),
    );
    return { adopted, problems };
  }

  /** Removes what is kept of a VM that has ended: record and logs. Throws `NOT_FOUND`, `INVALID_STATE` while it lives, `IO` when a resource cannot be released. */
  async remove(name: string, options: NamespaceOptions = {}): Promise<void> {
    this.#assertOpen();
    const key = checkedKey(name, options.namespace);
    const mine = this.#live.get(idOf(key));
    if (mine !== undefined) {
      if (!isEnded(mine.cell.current)) throw mine.invalidState('remove');
      await mine.ended.promise;
    }
    const home = await VmHome.claim(this.#roots, key, this.#logger);
    try {
      if (home.record === null) throw notFound(key.name);
      await refuseLiving(home, 'remove');
      await sweepRemains(home);
      await home.removeFolder();
    } finally {
      await home.letGo();
    }
  }

  /** What happens to the VMs of this manager: the present state of each first, then everything from this call on. */
  events(options: SubscribeOptions = {}): AsyncIterableIterator<ManagerEvent> {
    const at = new Date(this.#clock.now()).toISOString();
    const now = [...this.#live.values()].map(
      ({ key, cell }): ManagerEvent => ({ vm: key, type: 'state', at, state: cell.current }),
    );
    return this.#hub.subscribe(now, options);
  }

  /** Lets go of all VMs without stopping them, and of everything else. A boot that is under way is given up. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** {@link VmManager.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await Promise.all(
      [...this.#live.values()].map(async (runtime) => {
        if (runtime.cell.current.status !== 'starting') return runtime.detach();
        runtime.killed.abort(new Error('the manager is closed'));
        await runtime.gone.promise;
      }),
    );
    this.#live.clear();
    this.#hub.close();
  }

  async #launch(
    spec: BootSpec,
    options: BootOptions,
    operation: string,
    start: Parameters<typeof launch>[1]['start'],
    ip: string | null = null,
  ): Promise<Vm> {
    const key: VmKey = { namespace: spec.namespace, name: spec.name };
    const instanceId = randomUUID();
    const previous = this.#live.get(idOf(key));
    // An ended VM gives its name back when its remains are cleaned up.
    if (previous !== undefined && isEnded(previous.cell.current)) await previous.ended.promise;
    const runtime = this.#reserve(key, instanceId, this.#driver);
    try {
      const home = await VmHome.claim(this.#roots, key, this.#logger);
      try {
        await refuseLiving(home, 'boot');
        await sweepRemains(home);
        await home.begin(spec, this.#driver, instanceId);
        if (ip !== null) await home.save({ ready: { ip, position: home.knownRecord.console } });
        await runtime.settle(home);
        runtime.announce();
      } catch (error) {
        await abandon(home, instanceId);
        throw error;
      }
    } catch (error) {
      this.#forget(runtime);
      throw error;
    }
    const comesUp = operation === 'restore' ? 'paused' : 'running';
    await launch(runtime, {
      operation,
      signal: options.signal,
      timeoutMs: options.timeoutMs ?? DEFAULT_BOOT_MS,
      comesUp,
      start,
    });
    return new Vm(runtime);
  }

  /** Takes the name within this process; from here on every query answers, and no second boot of the name can begin. */
  #reserve(key: VmKey, instanceId: string, driver: VmDriver): VmRuntime {
    this.#assertOpen();
    const present = this.#live.get(idOf(key));
    if (present !== undefined) {
      const state = present.cell.current.status;
      throw new VmError('ALREADY_EXISTS', { vm: key.name, detail: `it is ${state}`, details: { state } });
    }
    const runtime = this.#runtime(key, instanceId, driver, { status: 'starting' });
    this.#live.set(idOf(key), runtime);
    void runtime.gone.promise.then(async () => {
      if (!runtime.detached) await runtime.ended.promise;
      this.#forget(runtime);
    });
    return runtime;
  }

  #runtime(
    key: VmKey,
    instanceId: string,
    driver: VmDriver,
    initial: ConstructorParameters<typeof VmRuntime>[1],
  ): VmRuntime {
    return new VmRuntime(key, initial, {
      instanceId,
      driver,
      keep: this.#options.keep ?? 'on-failure',
      clock: this.#clock,
      logger: this.#logger,
      onEvent: (event) => this.#hub.publish({ ...event, vm: key }),
    });
  }

  #forget(runtime: VmRuntime): void {
    if (this.#live.get(idOf(runtime.key)) === runtime) this.#live.delete(idOf(runtime.key));
  }

  #assertOpen(): void {
    if (this.#closed !== null) throw new TypeError('this VmManager is closed; open another');
  }
}

/** Undoes a place on disk in which nothing was started. */
async function abandon(home: VmHome, instanceId: string): Promise<void> {
  // What an earlier boot left is not this one's to remove.
  if (home.record?.instanceId === instanceId) {
    await home.releaseResources();
    await home.removeFolder();
  }
  await home.letGo();
}
