import { randomUUID } from 'node:crypto';
import type { AnyVmOptions, BootSpec, VmConfig } from '../config/index.ts';
import type { Lifetime, Logger, ProbeReport, VmDriver } from '../contract/index.ts';
import { type DriverSource, resolveDriver, type VmOptionsOf } from '../discovery/index.ts';
import { isVmError, VmError } from '../errors/index.ts';
import { silentLogger } from '../log/index.ts';
import { isEnded } from '../state/index.ts';
import { listRecordFiles } from '../store/index.ts';
import type { AbortOptions } from '../util/abort.ts';
import { systemClock } from '../util/clock.ts';
import { deferred } from '../util/deferred.ts';
import { type AdoptionReport, adoptAll } from './adoption/adopt-all.ts';
import { askHolder, type FindOptions, findVm } from './adoption/find-vm.ts';
import { sweepAttached } from './adoption/sweep-attached.ts';
import { type BootPlan, planOf } from './boot-plan.ts';
import { Fleet, type FleetOptions } from './fleet.ts';
import { collect, type GcReport } from './gc/index.ts';
import { removeVm } from './home/remove.ts';
import { takeName } from './home/take-name.ts';
import { LocalVm } from './local-vm.ts';
import { checkKnown, checkSignal, shown } from './options/check-options.ts';
import { checkSpec } from './options/check-spec.ts';
import { candidateOptions, chooseDriver } from './options/choose-driver.ts';
import {
  type BootOptions,
  checkManagerOptions,
  checkStart,
  type GcOptions,
  type ManagerOptions,
  type NamespaceOptions,
  type RemoveOptions,
  type RestoreOverrides,
} from './options/manager-options.ts';
import { type Roots, resolveRoots } from './options/roots.ts';
import { letOthersAsk, Neighbours } from './remote/index.ts';
import type { SubscribeOptions } from './runtime/event-hub.ts';
import { launch } from './runtime/launch.ts';
import type { ManagerEvent } from './runtime/vm-event.ts';
import { checkRestore } from './snapshot/check-restore.ts';
import { placeDisks } from './snapshot/disk-copies.ts';
import { snapshotError, snapshotRef } from './snapshot/snapshot-manifest.ts';
import { Vm } from './vm.ts';
import { describeVm, type VmDetails } from './vm-details.ts';
import { checkedKey, type VmKey } from './vm-key.ts';
import { summarize, type VmSummary } from './vm-summary.ts';

/**
 * Boots VMs, remembers them on disk, and takes back those of earlier controllers. `Options` are the driver's for one VM, as far as the drivers that it was opened with say
 * what theirs are.
 */
export class VmManager<Options extends object = AnyVmOptions> implements AsyncDisposable {
  /** What the chosen driver said about this host; a refusal when none was to be chosen. */
  readonly probe: ProbeReport;
  readonly #driver: VmDriver | null;
  readonly #options: ManagerOptions;
  readonly #roots: Roots;
  readonly #logger: Logger;
  readonly #common: FleetOptions;
  readonly #fleet: Fleet;
  readonly #neighbours = new Neighbours();
  #closed: Promise<void> | null = null;

  private constructor(driver: VmDriver | null, probe: ProbeReport, roots: Roots, options: ManagerOptions) {
    this.#driver = driver;
    this.probe = probe;
    this.#roots = roots;
    this.#options = options;
    this.#logger = options.logger ?? silentLogger;
    this.#common = {
      keep: options.keep ?? 'on-failure',
      clock: options.clock ?? systemClock,
      logger: this.#logger,
    };
    this.#fleet = new Fleet(this.#common);
  }

  /**
   * Chooses a driver for this host and opens the state directory. Starts nothing and takes nothing back by itself; what attached VMs of dead
   * controllers have left is swept.
   * Throws `NO_DRIVER`, `DRIVER_LOAD`, `CONTRACT_MISMATCH`, `INVALID_CONFIG`, `ABORTED`; `TypeError` for options of a wrong kind.
   */
  static async open<Source extends DriverSource = DriverSource>(
    options: ManagerOptions<Source> = {},
  ): Promise<VmManager<VmOptionsOf<Source>>> {
    checkManagerOptions(options);
    const roots = resolveRoots(options);
    const { driver, report } = await chooseDriver(options);
    const manager = new VmManager<VmOptionsOf<Source>>(driver, report, roots, options);
    await sweepAttached(roots, manager.#common);
    return manager;
  }

  /** The driver that boots new VMs. `TypeError` when the manager was opened with `driver: null`. */
  get driver(): VmDriver {
    if (this.#driver === null) throw new TypeError('this VmManager was opened with driver: null and boots nothing');
    return this.#driver;
  }

  /** Folder of records and logs. */
  get stateDir(): string {
    return this.#roots.state;
  }

  /** Folder of sockets. */
  get runtimeDir(): string {
    return this.#roots.runtime;
  }

  /**
   * What {@link VmManager.boot} would do with a configuration, after every check that it makes before its first side effect; changes nothing.
   * Throws what those checks throw: `INVALID_CONFIG` with all problems at once, `UNSUPPORTED`. That the name is taken is told, not thrown.
   */
  async plan(config: VmConfig): Promise<BootPlan> {
    this.#assertOpen();
    const spec = await checkSpec(config, this.#driver, this.#roots.state);
    return planOf(spec, this.#driver?.id ?? null, this.#roots);
  }

  /**
   * Boots a VM and resolves when the hypervisor executes it; {@link Vm.ready} waits for the guest.
   * On every failure everything made for it is undone. Throws `INVALID_CONFIG` (all problems at once, before any side effect),
   * `UNSUPPORTED`, `ALREADY_EXISTS`, `PREFLIGHT_FAILED`, `BOOT_FAILED`, `TIMEOUT`, `ABORTED`, `IO`.
   */
  async boot(config: VmConfig<Options>, options: BootOptions = {}): Promise<Vm> {
    this.#assertOpen();
    const start = checkStart(options, this.#options);
    const { driver } = this;
    const spec = await checkSpec(config, driver, this.#roots.state);
    return this.#launch(spec, null, {
      ...start,
      operation: 'boot',
      comesUp: 'running',
      start: (context) => driver.boot(spec, context),
    });
  }

  /**
   * Starts a VM from the snapshot in `directory` (absolute); it comes up paused. Everything that is not overridden is as it was when
   * the snapshot was taken. Throws `SNAPSHOT_FAILED` when it cannot work, before anything is started, and what {@link VmManager.boot} throws.
   */
  async restore(directory: string, overrides: RestoreOverrides<Options> = {}, options: BootOptions = {}): Promise<Vm> {
    this.#assertOpen();
    const start = checkStart(options, this.#options);
    const { driver } = this;
    const { manifest, spec, copied } = await checkRestore(directory, overrides, driver, this.#roots.state);
    return this.#launch(spec, manifest.ip, {
      ...start,
      operation: 'restore',
      comesUp: 'paused',
      start: async (context) => {
        if (driver.restore === undefined)
          throw snapshotError(spec.name, directory, `driver '${driver.id}' has no restore`, []);
        await placeDisks(copied, context.paths.stateDir, context, this.#roots.fileSystem);
        return driver.restore(snapshotRef(directory, manifest), spec, context);
      },
    });
  }

  /**
   * The VM of that name: one of this manager's; one that an earlier controller left, which is taken back; or one that another living controller
   * holds, which is then asked for whatever is done with it. Throws `NOT_FOUND`, `TIMEOUT` when its holder does not answer, `UNSUPPORTED` when that
   * one is of another version that cannot be talked to, `STATE_FAILED`, `STORE_CORRUPT`, `HYPERVISOR` when its driver cannot take it, `ABORTED`;
   * a VM that could not be taken is left as it is.
   */
  async get(name: string, options: NamespaceOptions = {}): Promise<Vm> {
    this.#assertOpen();
    checkSignal(options);
    const key = checkedKey(name, options.namespace);
    const how = this.#findOptions(options);
    return new Vm(await findVm(key, how, (reach) => askHolder(reach, how)));
  }

  /** All VMs on this state directory, whoever holds them, as far as can be told without taking them. */
  async list(): Promise<readonly VmSummary[]> {
    const keys = await listRecordFiles(this.#roots.state);
    const found = await Promise.all(keys.map((key) => summarize(this.#roots, key, this.#fleet.find(key))));
    return found.filter((summary) => summary !== null);
  }

  /** All that is known of one VM without taking it. Throws `NOT_FOUND`, `INVALID_CONFIG` for a name that is none, `STORE_CORRUPT`, `IO`. */
  async inspect(name: string, options: Omit<NamespaceOptions, 'signal'> = {}): Promise<VmDetails> {
    checkKnown('inspect()', options, ['namespace']);
    const key = checkedKey(name, options.namespace);
    return describeVm(this.#roots, key, this.#fleet.find(key));
  }

  /**
   * Takes back every VM that earlier controllers left. Those of living controllers are left to them; one that cannot be taken is reported, and the
   * others go on.
   */
  async adoptAll(options: AbortOptions = {}): Promise<AdoptionReport> {
    this.#assertOpen();
    checkSignal(options);
    const keys = await listRecordFiles(this.#roots.state);
    const how = this.#findOptions(options);
    return adoptAll(keys, (key) => findVm(key, how, async ({ holder }) => holder));
  }

  /**
   * Removes what is kept of a VM that has ended: record and logs. With `force` a VM that lives is ended first, by its processes: the way out where
   * its driver is not there any more or its hypervisor does not answer. Throws `NOT_FOUND`, `INVALID_STATE` while it lives, `ALREADY_EXISTS` while
   * another living controller holds it, `IO` when a resource cannot be released.
   */
  async remove(name: string, options: RemoveOptions = {}): Promise<void> {
    this.#assertOpen();
    checkKnown('remove()', options, ['namespace', 'force', 'signal']);
    checkSignal(options);
    const { namespace, force = false } = options;
    if (typeof force !== 'boolean') throw new TypeError(`force must be true or false, got ${shown(force)}`);
    const key = checkedKey(name, namespace);
    const mine = this.#fleet.find(key);
    if (mine !== undefined) {
      if (!isEnded(mine.cell.current)) {
        if (!force) throw mine.invalidState('remove');
        await new LocalVm(mine).kill();
      }
      await mine.life.ended.promise;
    }
    try {
      await removeVm(this.#roots, key, { logger: this.#logger, force });
    } catch (error) {
      // Our own kill may have left nothing to remove.
      if (mine === undefined || !isVmError(error, 'NOT_FOUND') || !force) throw error;
    }
  }

  /**
   * Releases what dead controllers have left: processes, sockets, taps, mounts, folders, half-written snapshots, of VMs that are gone, and
   * whatever bears the mark of this state directory and is known to no VM of it. Living VMs are kept, whoever has them; so is what cannot be told.
   * With `dryRun` it only says what it would do, and changes nothing. Throws `IO` when the state directory cannot be looked through, `ABORTED`.
   */
  async gc(options: GcOptions = {}): Promise<GcReport> {
    this.#assertOpen();
    checkKnown('gc()', options, ['dryRun', 'signal']);
    checkSignal(options);
    const { dryRun = false, signal } = options;
    try {
      return await collect(this.#roots, { ...this.#common, dryRun, signal });
    } catch (error) {
      if (signal?.aborted !== true) throw error;
      const detail = 'the collection was given up; what it had released is released';
      throw new VmError('ABORTED', { detail, details: { operation: 'gc' }, cause: signal.reason });
    }
  }

  /** What happens to the VMs of this manager: the present state of each first, then everything from this call on. */
  events(options: SubscribeOptions = {}): AsyncIterableIterator<ManagerEvent> {
    return this.#fleet.events(options);
  }

  /**
   * Lets go of all VMs, those of other controllers among them, without stopping them, but for attached ones, which are stopped, and of everything else. A boot or an operation that is under way is given up; a stop that
   * is under way is finished, since a VM that is stopped half would be nobody's. Never rejects.
   */
  close(): Promise<void> {
    this.#closed ??= Promise.all([this.#fleet.close(), this.#neighbours.close()]).then(() => undefined);
    return this.#closed;
  }

  /** {@link VmManager.close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #launch(
    spec: BootSpec,
    ip: string | null,
    how: Parameters<typeof launch>[1] & { lifetime: Lifetime },
  ): Promise<Vm> {
    const key: VmKey = { namespace: spec.namespace, name: spec.name };
    const instanceId = randomUUID();
    const { lifetime } = how;
    const previous = this.#fleet.find(key);
    // An ended VM gives its name back when its remains are cleaned up.
    if (previous !== undefined && isEnded(previous.cell.current)) await previous.life.ended.promise;
    this.#assertOpen();
    const { driver } = this;
    const runtime = this.#fleet.reserve(key, instanceId, driver);
    const taken = deferred<void>();
    runtime.undecided = taken.promise;
    try {
      runtime.hold(await takeName(this.#roots, key, { spec, driver, instanceId, lifetime, ip, logger: this.#logger }));
      await runtime.watch();
      await letOthersAsk(runtime, this.#roots.fileSystem);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await runtime.end({ status: 'failed', reason, exit: null });
      throw error;
    } finally {
      runtime.undecided = null;
      taken.resolve();
    }
    runtime.announce();
    await launch(runtime, how);
    return new Vm(new LocalVm(runtime));
  }

  #findOptions({ signal }: AbortOptions): FindOptions {
    return {
      roots: this.#roots,
      logger: this.#logger,
      clock: this.#common.clock,
      fleet: this.#fleet,
      neighbours: this.#neighbours,
      signal,
      driverOf: async ({ driver }) =>
        driver.id === this.#driver?.id ? this.#driver : resolveDriver(driver.id, candidateOptions(this.#options)),
      assertOpen: () => this.#assertOpen(),
    };
  }

  #assertOpen(): void {
    if (this.#closed !== null) throw new TypeError('this VmManager is closed; open another');
  }
}
