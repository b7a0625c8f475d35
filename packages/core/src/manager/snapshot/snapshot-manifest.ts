import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BootSpec, NetworkSpec } from '../../config/boot-spec.ts';
import { isMadeUpTapName } from '../../config/tap-name.ts';
import {
  type ContractVersion,
  contractMatches,
  formatContract,
  type SnapshotRef,
  type VmDriver,
} from '../../contract/index.ts';
import { formatProblems, type Problem, VmError } from '../../errors/index.ts';
import { errnoOf } from '../../util/errno.ts';
import type { JsonObject } from '../../util/json.ts';

/** Name of the file that makes a folder a snapshot. */
export const MANIFEST = 'manifest.json';
/** The form of manifests that this core writes and reads. */
export const SCHEMA = 1;

/** A disk as it was when the snapshot was taken. */
interface DiskGeneration {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** A field that names a writable disk. */
export type WritableDisk = 'rootDisk' | 'dataDisk';

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
  /** Fields whose disks were copied into the snapshot; absent in snapshots of earlier versions, which had none. */
  readonly copies?: readonly WritableDisk[];
  readonly data: JsonObject;
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
  const { serialLog: _, driverOptions, ...spec } = manifest.spec;
  const saved = { ...spec, networks: spec.networks.map(withoutMadeUpName) };
  // Null stands for "not given" in a spec, at every depth, but for what the driver alone understands.
  const text = JSON.stringify(saved, (_key, value: unknown) => (value === null ? undefined : value));
  return { ...(JSON.parse(text) as Record<string, unknown>), driverOptions };
}

/** A tap that was made up for the saved VM is its own; the restored one gets another. */
function withoutMadeUpName(network: NetworkSpec): object {
  if (network.type !== 'tap' || !network.create || !isMadeUpTapName(network.name)) return network;
  const { name: _, ...rest } = network;
  return rest;
}

/** What keeps `driver` from restoring the snapshot, whatever its disks are. */
export function driverProblems(manifest: SnapshotManifest, driver: VmDriver): readonly Problem[] {
  const { id, contract } = manifest.driver;
  const problem = (message: string): readonly Problem[] => [{ path: 'driver', message }];
  if (id !== driver.id) return problem(`was taken by driver '${id}', not by '${driver.id}'`);
  if (!contractMatches(contract)) return problem(`was taken under driver contract ${formatContract(contract)}`);
  if (!driver.capabilities.snapshot) return problem(`'${driver.id}' cannot restore snapshots`);
  return [];
}

/** Disks that are not any more what they were when the snapshot was taken; its memory does not fit them. */
export async function diskProblems(manifest: SnapshotManifest, spec: BootSpec): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
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

/** The writable disks as they are now. */
export async function generations(spec: BootSpec): Promise<readonly DiskGeneration[]> {
  const disks = [spec.rootDisk, spec.dataDisk].filter((path) => path !== null);
  return Promise.all(
    disks.map(async (path) => {
      const { size, mtimeMs } = await stat(path);
      return { path, size, mtimeMs };
    }),
  );
}

function isManifest(value: unknown): value is SnapshotManifest {
  if (!isObject(value)) return false;
  const { schema, driver, spec, createdAt, ip, disks, data } = value;
  if (schema !== SCHEMA || typeof createdAt !== 'string' || !(ip === null || typeof ip === 'string')) return false;
  const { copies = [] } = value;
  if (!Array.isArray(copies) || !copies.every((field) => field === 'rootDisk' || field === 'dataDisk')) return false;
  if (!isObject(driver) || typeof driver['id'] !== 'string' || !isObject(driver['contract'])) return false;
  if (!isObject(spec) || typeof spec['name'] !== 'string' || !isObject(data)) return false;
  return Array.isArray(disks) && disks.every((disk) => isObject(disk) && typeof disk['path'] === 'string');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
