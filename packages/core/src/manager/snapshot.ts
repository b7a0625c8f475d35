import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { BootSpec } from '../config/boot-spec.ts';
import {
  type ContractVersion,
  contractMatches,
  formatContract,
  type SnapshotRef,
  type VmDriver,
} from '../contract/index.ts';
import { formatProblems, isVmError, type Problem, VmError } from '../errors/index.ts';
import { syncDirectory, writeFileAtomic } from '../store/index.ts';
import { errnoOf } from '../util/errno.ts';
import type { JsonObject } from '../util/json.ts';
import { operate, unsupported } from './operations.ts';
import type { VmRuntime } from './vm-runtime.ts';

const MANIFEST = 'manifest.json';
const SCHEMA = 1;

/** A disk as it was when the snapshot was taken. */
interface DiskGeneration {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** What a snapshot folder says of itself. */
export interface SnapshotManifest {
  readonly schema: typeof SCHEMA;
  readonly driver: { readonly id: string; readonly contract: ContractVersion };
  readonly spec: BootSpec;
  readonly createdAt: string;
  /** The guest's address if it was ready. */
  readonly ip: string | null;
  /** The writable disks; the memory in the snapshot fits to no other content of them. */
  readonly disks: readonly DiskGeneration[];
  readonly data: JsonObject;
}

/**
 * Writes a snapshot of a paused VM to `directory`, which must not exist. The folder appears under its name when it is
 * complete: payload first, manifest last, then one rename.
 */
export function takeSnapshot(runtime: VmRuntime, directory: string, signal: AbortSignal | undefined): Promise<void> {
  if (!isAbsolute(directory)) throw new TypeError(`snapshot directory must be an absolute path, got '${directory}'`);
  return operate(runtime, 'snapshot', signal, async (gate) => {
    if (runtime.cell.current.status !== 'paused') throw runtime.invalidState('snapshot');
    const { machine } = runtime;
    if (!runtime.driver.capabilities.snapshot || machine.snapshot === undefined) throw unsupported(runtime, 'snapshot');
    await refuseExisting(runtime, directory);
    const partial = join(dirname(directory), `.${basename(directory)}.partial-${randomUUID()}`);
    try {
      await mkdir(partial, { mode: 0o700 });
      const data = await machine.snapshot(partial, { signal: gate });
      const { spec, ready } = runtime.home.knownRecord;
      const manifest: SnapshotManifest = {
        schema: SCHEMA,
        driver: { id: runtime.driver.id, contract: runtime.driver.contract },
        spec,
        createdAt: new Date(runtime.clock.now()).toISOString(),
        ip: ready?.ip ?? null,
        disks: await generations(spec),
        data,
      };
      await writeFileAtomic(join(partial, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 });
      await syncDirectory(partial);
      await rename(partial, directory);
      await syncDirectory(dirname(directory));
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      if (isVmError(error, 'SNAPSHOT_FAILED') || gate.aborted) throw error;
      throw snapshotError(
        runtime.key.name,
        directory,
        error instanceof Error ? error.message : String(error),
        [],
        error,
      );
    }
  });
}

/** Reads a snapshot's manifest. Throws `SNAPSHOT_FAILED` when there is none or it is not whole. */
export async function readSnapshot(directory: string): Promise<SnapshotManifest> {
  const file = join(directory, MANIFEST);
  try {
    const parsed: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (isManifest(parsed)) return parsed;
  } catch (error) {
    const detail =
      errnoOf(error) === 'ENOENT'
        ? `'${directory}' holds no complete snapshot: it has no ${MANIFEST}`
        : `its ${MANIFEST} cannot be read`;
    throw snapshotError('', directory, detail, [], error);
  }
  throw snapshotError(
    '',
    directory,
    `its ${MANIFEST} is not one of this version; take the snapshot again or upgrade @vmrs/core`,
    [],
  );
}

/** The configuration of the saved VM, to be checked anew; its console log is the old VM's own and not part of it. */
export function savedConfig(manifest: SnapshotManifest): Record<string, unknown> {
  const { serialLog: _, ...saved } = manifest.spec;
  // Null stands for "not given" in a spec, at every depth.
  const text = JSON.stringify(saved, (_key, value: unknown) => (value === null ? undefined : value));
  return JSON.parse(text) as Record<string, unknown>;
}

/** What keeps `driver` from restoring the snapshot: found before anything is started. */
export async function snapshotProblems(
  manifest: SnapshotManifest,
  spec: BootSpec,
  driver: VmDriver,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const { id, contract } = manifest.driver;
  if (id !== driver.id)
    problems.push({ path: 'driver', message: `was taken by driver '${id}', not by '${driver.id}'` });
  else if (!contractMatches(contract)) {
    problems.push({ path: 'driver', message: `was taken under driver contract ${formatContract(contract)}` });
  }
  // A disk that the caller replaced is the caller's to answer for.
  const kept = new Set([spec.rootDisk, spec.dataDisk]);
  for (const then of manifest.disks.filter((disk) => kept.has(disk.path))) {
    const now = await stat(then.path).catch((error: unknown) => errnoOf(error) ?? String(error));
    if (typeof now === 'string') problems.push({ path: then.path, message: `the disk cannot be read (${now})` });
    else if (now.size !== then.size || now.mtimeMs !== then.mtimeMs) {
      problems.push({
        path: then.path,
        message: 'the disk was written to after the snapshot was taken, and the saved memory does not fit it any more',
        fix: 'restore with a copy of the disk as it was, given as rootDisk or dataDisk',
      });
    }
  }
  return problems;
}

/** The snapshot as drivers see it. */
export function snapshotRef(directory: string, manifest: SnapshotManifest): SnapshotRef {
  return { directory, data: manifest.data };
}

/** A `SNAPSHOT_FAILED`. */
export function snapshotError(
  vm: string,
  directory: string,
  detail: string,
  problems: readonly Problem[],
  cause?: unknown,
): VmError<'SNAPSHOT_FAILED'> {
  const text = problems.length === 0 ? detail : `${detail}: ${formatProblems(problems)}`;
  return new VmError('SNAPSHOT_FAILED', { vm, detail: text, details: { directory, problems }, cause });
}

async function generations(spec: BootSpec): Promise<readonly DiskGeneration[]> {
  const disks = [spec.rootDisk, spec.dataDisk].filter((path) => path !== null);
  return Promise.all(
    disks.map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return { path, size, mtimeMs };
    }),
  );
}

async function refuseExisting(runtime: VmRuntime, directory: string): Promise<void> {
  try {
    await stat(directory);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw error;
  }
  throw snapshotError(
    runtime.key.name,
    directory,
    `'${directory}' exists already; snapshots never overwrite anything`,
    [],
  );
}

function isManifest(value: unknown): value is SnapshotManifest {
  return (
    typeof value === 'object' &&
    value !== null &&
    'schema' in value &&
    value.schema === SCHEMA &&
    ['driver', 'spec', 'createdAt', 'disks', 'data'].every((key) => key in value)
  );
}
