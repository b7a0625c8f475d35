import { appendFile, mkdir, open, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BootSpec } from '../config/boot-spec.ts';
import type { Logger, VmDriver, VmPaths } from '../contract/index.ts';
import { type Problem, VmError } from '../errors/index.ts';
import { selfIdentity } from '../process/index.ts';
import { currentPosition } from '../readiness/index.ts';
import { type Ledger, openLedger, releaseAll } from '../resources/index.ts';
import {
  acquireLock,
  ensurePrivateDir,
  type Lock,
  readRecord,
  removeTemporaryFiles,
  runtimeDirFor,
  type VmLayout,
  type VmRecord,
  vmLayout,
  writeRecord,
} from '../store/index.ts';
import { ignoreErrno } from '../util/errno.ts';
import type { JsonObject } from '../util/json.ts';
import type { EndState } from './exit-verdict.ts';
import type { Roots } from './roots.ts';
import type { VmKey } from './vm-key.ts';

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
    const layout = vmLayout(roots.state, key.namespace, key.name);
    const namespaceDir = dirname(layout.stateDir);
    await ensurePrivateDir(roots.state);
    await ensurePrivateDir(namespaceDir);
    try {
      await refuseCaseTwin(namespaceDir, key.name);
      const lock = await acquireLock(layout.lockFile, { vm: key.name });
      try {
        return new VmHome(roots, key, layout, lock, await readRecord(layout.recordFile), logger);
      } catch (error) {
        await lock.release();
        throw error;
      }
    } catch (error) {
      await removeIfEmpty(namespaceDir);
      throw error;
    }
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

  /** The ledger of a VM whose folder exists. */
  async ledger(): Promise<Ledger> {
    this.#ledger ??= await openLedger(this.layout.ledgerFile);
    return this.#ledger;
  }

  /** Paths as drivers see them. */
  paths(): VmPaths {
    const { runtimeDir, spec } = this.knownRecord;
    return { runtimeDir, stateDir: this.layout.stateDir, serialLog: spec.serialLog, vmmLog: this.layout.vmmLog };
  }

  /** Writes down that `spec` is about to be booted, then makes the folders for it. */
  async begin(spec: BootSpec, driver: VmDriver, instanceId: string): Promise<void> {
    await ensurePrivateDir(this.layout.stateDir);
    await rotate(this.layout.serialLog);
    await rotate(this.layout.vmmLog);
    await (await open(spec.serialLog, 'a', 0o600)).close();
    const self = await selfIdentity();
    await this.#write({
      schema: 1,
      ...this.key,
      instanceId,
      driver: { id: driver.id, contract: driver.contract },
      spec,
      createdAt: new Date().toISOString(),
      bootId: self.bootId,
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
    await ensurePrivateDir(this.#roots.runtime);
    await mkdir(runtimeDir, { mode: 0o700 });
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
    const written = this.#saving.then(() => appendFile(this.layout.eventsFile, `${line}\n`, { mode: 0o600 }));
    this.#saving = written.catch(() => undefined);
    return written;
  }

  /** Undoes every side effect in the ledger, last made first. Returns what could not be undone; it stays in the ledger. */
  async releaseResources(): Promise<readonly Problem[]> {
    const written = this.#ledger !== null || (await ignoreErrno(stat(this.layout.ledgerFile), 'ENOENT')) !== undefined;
    if (!written) return [];
    // The VM may have been booted under another runtime folder than this manager's.
    const runtime = this.#record === null ? [] : [dirname(this.#record.runtimeDir)];
    const guard = { roots: [this.layout.stateDir, this.#roots.runtime, ...runtime] };
    return releaseAll(await this.ledger(), { guard, logger: this.#logger });
  }

  /** Removes the VM's own files and its folder. A file that is not ours, and so the folder, stays. */
  async removeFolder(): Promise<void> {
    this.#writable = false;
    await this.#saving;
    await this.#closeLedger();
    const ours = this.#record?.spec.serialLog === this.layout.serialLog ? null : this.#record?.spec.serialLog;
    const { recordFile, ledgerFile, eventsFile, stateDir } = this.layout;
    for (const file of [ledgerFile, eventsFile, ...(await logsIn(stateDir))]) {
      if (file !== ours) await rm(file, { force: true });
    }
    // Last, so that a crash in the middle leaves a record by which the rest is found.
    await rm(recordFile, { force: true });
    await removeTemporaryFiles(stateDir);
    await removeIfEmpty(stateDir);
  }

  /** Gives the name back. */
  async letGo(): Promise<void> {
    this.#writable = false;
    await this.#saving;
    await this.#closeLedger();
    await this.#lock.release();
    await removeIfEmpty(dirname(this.layout.stateDir));
  }

  async #closeLedger(): Promise<void> {
    await this.#ledger?.close();
    this.#ledger = null;
  }

  #write(record: VmRecord): Promise<void> {
    this.#record = record;
    this.#writable = true;
    const written = this.#saving.then(() => writeRecord(this.layout.recordFile, record));
    // A failed write is its caller's to handle; later ones are tried all the same.
    this.#saving = written.catch(() => undefined);
    return written;
  }
}

/** On a case-insensitive disk `Web` and `web` would share one folder; refused everywhere, so that state folders can be moved. */
async function refuseCaseTwin(namespaceDir: string, name: string): Promise<void> {
  const twin = (await readdir(namespaceDir)).find(
    (entry) => entry !== name && entry.toLowerCase() === name.toLowerCase(),
  );
  if (twin === undefined) return;
  throw new VmError('ALREADY_EXISTS', {
    vm: name,
    detail: `its name differs from '${twin}' in upper and lower case only; choose another`,
    details: { state: 'unknown' },
  });
}

/** Keeps the log of the boot before, and no more: `serial.log` becomes `serial.log.1`. */
async function rotate(file: string): Promise<void> {
  await ignoreErrno(rename(file, `${file}.1`), 'ENOENT');
}

async function logsIn(stateDir: string): Promise<string[]> {
  const names = (await ignoreErrno(readdir(stateDir), 'ENOENT')) ?? [];
  return names.filter((name) => /^[A-Za-z0-9_-]+\.log(\.1)?$/.test(name)).map((name) => join(stateDir, name));
}

async function removeIfEmpty(directory: string): Promise<void> {
  await ignoreErrno(rmdir(directory), 'ENOENT', 'ENOTEMPTY', 'EEXIST');
}
