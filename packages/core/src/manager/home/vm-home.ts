import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BootSpec } from '../../config/boot-spec.ts';
import type {
  Lifetime,
  Logger,
  MachineRecord,
  Resource,
  ResourceScope,
  VmDriver,
  VmPaths,
} from '../../contract/index.ts';
import { isVmError, type Problem, VmError } from '../../errors/index.ts';
import { markOf, selfIdentity } from '../../process/index.ts';
import { currentPosition } from '../../readiness/index.ts';
import { createResourceScope, type Ledger, openLedger, releaseAll } from '../../resources/index.ts';
import {
  acquireLock,
  ensurePrivateDir,
  type Lock,
  RECORD_SCHEMA,
  readRecord,
  removeTemporaryFiles,
  runtimeDirFor,
  type VmLayout,
  type VmRecord,
  vmLayout,
  writeRecord,
} from '../../store/index.ts';
import { ioError } from '../../store/io-error.ts';
import { errnoOf, ignoreErrno } from '../../util/errno.ts';
import type { FileSystem } from '../../util/file-system.ts';
import type { JsonObject } from '../../util/json.ts';
import type { Roots } from '../options/roots.ts';
import type { EndState } from '../runtime/exit-verdict.ts';
import type { VmKey } from '../vm-key.ts';
import { logsIn, makeLog, refuseCaseTwin, removeFile, removeIfEmpty, rotate } from './home-files.ts';

/** What is about to be started under a name. */
export interface Beginning {
  readonly spec: BootSpec;
  readonly driver: VmDriver;
  readonly instanceId: string;
  readonly lifetime: Lifetime;
}

/** Link in a VM's runtime folder to its folder in the state directory: says whose it is when nothing else does any more. */
export const HOME_LINK = 'home';

/** How often the folder of a namespace may vanish while a name in it is being taken. */
const MOST_ATTEMPTS = 10;

/**
 * Everything on disk of one VM, held by one controller at a time: lock, record, ledger, folders. Each step that acts on the
 * world is written here first.
 */
export class VmHome {
  readonly key: VmKey;
  readonly layout: VmLayout;
  readonly #roots: Roots;
  readonly #logger: Logger;
  readonly #lock: Lock;
  #record: VmRecord | null;
  #ledger: Ledger | null = null;
  /** False before the folder is made and once it is removed or given back. */
  #writable: boolean;
  #saving: Promise<void> = Promise.resolve();
  /** The name, and with it the folder, may be another's by now. */
  #given = false;

  private constructor(roots: Roots, key: VmKey, layout: VmLayout, lock: Lock, record: VmRecord | null, logger: Logger) {
    this.#roots = roots;
    this.key = key;
    this.layout = layout;
    this.#lock = lock;
    this.#record = record;
    this.#writable = record !== null;
    this.#logger = logger;
  }

  /**
   * Takes the name for this controller. Throws `ALREADY_EXISTS` when a living controller holds it or when a name exists that
   * differs in case only; `STORE_CORRUPT` when its record cannot be read.
   */
  static async claim(roots: Roots, key: VmKey, logger: Logger): Promise<VmHome> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await VmHome.#claim(roots, key, logger);
      } catch (error) {
        // Whoever gives back the last other name of the namespace takes its folder away, until our lock is in it.
        if (attempt === MOST_ATTEMPTS || !isMissing(error)) throw error;
      }
    }
  }

  static async #claim(roots: Roots, key: VmKey, logger: Logger): Promise<VmHome> {
    const layout = vmLayout(roots.state, key.namespace, key.name);
    const namespaceDir = dirname(layout.stateDir);
    const { fileSystem } = roots;
    await ensurePrivateDir(roots.state, fileSystem);
    await ensurePrivateDir(namespaceDir, fileSystem);
    try {
      await refuseCaseTwin(namespaceDir, key.name);
      const lock = await acquireLock(layout.lockFile, { vm: key.name }, fileSystem);
      try {
        const record = await readRecord(layout.recordFile, fileSystem);
        return new VmHome(roots, key, layout, lock, record, logger);
      } catch (error) {
        await lock.release();
        throw error;
      }
    } catch (error) {
      // An empty folder that stays does no harm; why the name could not be taken is what matters.
      await removeIfEmpty(namespaceDir, fileSystem).catch(() => undefined);
      throw error;
    }
  }

  /** Through which everything of it is written. */
  get fileSystem(): FileSystem {
    return this.#roots.fileSystem;
  }

  /** What is known of the VM; null when there never was one or nothing was kept of it. */
  get record(): VmRecord | null {
    return this.#record;
  }

  /** The record of a VM that is known to exist. */
  get knownRecord(): VmRecord {
    if (this.#record === null) throw new TypeError(`VM '${this.key.name}' has no record`);
    return this.#record;
  }

  /** What the tokens of its processes begin with. */
  get mark(): string {
    return markOf(this.#roots.state);
  }

  /** Whether anything was ever made for it, as far as that is still written down. */
  async hasLedger(): Promise<boolean> {
    return this.#ledger !== null || (await ignoreErrno(stat(this.layout.ledgerFile), 'ENOENT')) !== undefined;
  }

  /** The ledger of a VM whose folder exists. */
  async ledger(): Promise<Ledger> {
    this.#ledger ??= await openLedger(this.layout.ledgerFile, this.fileSystem);
    return this.#ledger;
  }

  /** The helper processes that were started for the VM and have not been ended by a controller. */
  async helpers(): Promise<MachineRecord['helpers']> {
    return (await this.ledger()).entries().flatMap(({ resource }) => {
      if (resource.kind !== 'process' || resource.role === 'vmm' || resource.identity === null) return [];
      return [{ role: resource.role, process: resource.identity }];
    });
  }

  /** Paths as drivers see them. */
  paths(): VmPaths {
    const { runtimeDir, spec } = this.knownRecord;
    return { runtimeDir, stateDir: this.layout.stateDir, serialLog: spec.serialLog, vmmLog: this.layout.vmmLog };
  }

  /** Writes down that `spec` is about to be booted, then makes the folders for it. */
  async begin({ spec, driver, instanceId, lifetime }: Beginning): Promise<void> {
    const { fileSystem } = this;
    await ensurePrivateDir(this.layout.stateDir, fileSystem);
    await rotate(this.layout.serialLog, fileSystem);
    await rotate(this.layout.vmmLog, fileSystem);
    await makeLog(spec.serialLog, fileSystem);
    const self = await selfIdentity();
    await this.#write({
      schema: RECORD_SCHEMA,
      ...this.key,
      instanceId,
      driver: { id: driver.id, contract: driver.contract },
      spec,
      createdAt: new Date().toISOString(),
      bootId: self.bootId,
      lifetime,
      runtimeDir: runtimeDirFor(this.#roots.runtime, instanceId),
      phase: 'intent',
      process: null,
      control: {},
      console: await currentPosition(spec.serialLog),
      ready: null,
      paused: false,
      ended: null,
    });
    const ledger = await this.ledger();
    const { runtimeDir } = this.knownRecord;
    await ledger.acquire({ kind: 'directory', path: runtimeDir });
    await ensurePrivateDir(this.#roots.runtime, fileSystem);
    await fileSystem.makeDirectory(runtimeDir, 0o700).catch((error: unknown) => {
      throw ioError('making directory', runtimeDir, error);
    });
    const link = join(runtimeDir, HOME_LINK);
    await fileSystem.symlink(this.layout.stateDir, link).catch((error: unknown) => {
      throw ioError('making link', link, error);
    });
  }

  /** Changes the record on disk; changes are written in the order in which they were asked for. */
  async save(change: Partial<VmRecord>): Promise<void> {
    await this.#write({ ...this.knownRecord, ...change });
  }

  /** Writes down how the VM ended. */
  async saveEnd(state: EndState): Promise<void> {
    const reason = state.status === 'failed' ? state.reason : null;
    await this.save({ phase: 'ended', ended: { state: state.status, reason, exit: state.exit } });
  }

  /** {@link DriverContext.remember}. */
  async remember(control: JsonObject): Promise<void> {
    await this.save({ control });
  }

  /** Appends one line to the VM's event log, in order, for as long as its folder is held. */
  logEvent(line: string): Promise<void> {
    if (!this.#writable) return Promise.resolve();
    const written = this.#saving.then(() => this.fileSystem.append(this.layout.eventsFile, `${line}\n`, 0o600));
    this.#saving = written.catch(() => undefined);
    return written;
  }

  /** Side effects of the living VM. */
  async resources(): Promise<ResourceScope> {
    const { stateDir, runtimeDir } = this.paths();
    return createResourceScope(await this.ledger(), {
      guard: { roots: [stateDir, runtimeDir] },
      logger: this.#logger,
      fileSystem: this.fileSystem,
    });
  }

  /** Undoes every side effect in the ledger, or those of one kind, last made first. Returns what could not be undone; it stays in the ledger. */
  async releaseResources(kind: Resource['kind'] | null = null): Promise<readonly Problem[]> {
    if (!(await this.hasLedger())) return [];
    // The VM may have been booted under another runtime folder than this manager's.
    const runtime = this.#record === null ? [] : [dirname(this.#record.runtimeDir)];
    const guard = { roots: [this.layout.stateDir, this.#roots.runtime, ...runtime] };
    return releaseAll(await this.ledger(), { guard, logger: this.#logger, fileSystem: this.fileSystem }, kind);
  }

  /** Removes the VM's own files and its folder. A file that is not ours, and so the folder, stays. */
  async removeFolder(): Promise<void> {
    this.#given = true;
    this.#writable = false;
    await this.#saving;
    await this.#closeLedger();
    const ours = this.#record?.spec.serialLog === this.layout.serialLog ? null : this.#record?.spec.serialLog;
    const { recordFile, ledgerFile, eventsFile, stateDir } = this.layout;
    for (const file of [ledgerFile, eventsFile, ...(await logsIn(stateDir))]) {
      if (file !== ours) await removeFile(file, this.fileSystem);
    }
    // Last, so that a crash in the middle leaves a record by which the rest is found.
    await removeFile(recordFile, this.fileSystem);
    await removeTemporaryFiles(stateDir, this.fileSystem);
    await removeIfEmpty(stateDir, this.fileSystem);
  }

  /** Gives the name back; nothing is written after that. */
  async letGo(): Promise<void> {
    this.#given = true;
    this.#writable = false;
    await this.#saving;
    try {
      await this.#closeLedger();
      // A folder with nothing in it says nothing.
      await removeIfEmpty(this.layout.stateDir, this.fileSystem);
    } finally {
      await this.#lock.release();
    }
    await removeIfEmpty(dirname(this.layout.stateDir), this.fileSystem);
  }

  async #closeLedger(): Promise<void> {
    await this.#ledger?.close();
    this.#ledger = null;
  }

  async #write(record: VmRecord): Promise<void> {
    if (this.#given) throw lateWrite(this.key.name);
    this.#record = record;
    this.#writable = true;
    const written = this.#saving.then(() => writeRecord(this.layout.recordFile, record, this.fileSystem));
    // A failed write is its caller's to handle; later ones are tried all the same.
    this.#saving = written.catch(() => undefined);
    return written;
  }
}

function lateWrite(vm: string): VmError<'INVALID_STATE'> {
  const detail = 'its record is not written any more, because it has ended or this manager has let go of it';
  return new VmError('INVALID_STATE', { vm, detail, details: { state: 'unknown', operation: 'write the record' } });
}

function isMissing(error: unknown): boolean {
  return errnoOf(error) === 'ENOENT' || (isVmError(error, 'IO') && errnoOf(error.cause) === 'ENOENT');
}
