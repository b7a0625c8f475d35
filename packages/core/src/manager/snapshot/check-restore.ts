import { isAbsolute } from 'node:path';
import type { BootSpec } from '../../config/index.ts';
import type { VmDriver } from '../../contract/index.ts';
import { vmLayout } from '../../store/index.ts';
import { shown } from '../options/check-options.ts';
import { checkSpec } from '../options/check-spec.ts';
import { checkOverrides, type RestoreOverrides } from '../options/manager-options.ts';
import { copyPath } from './disk-copies.ts';
import {
  diskProblems,
  driverProblems,
  readSnapshot,
  type SnapshotManifest,
  savedConfig,
  snapshotError,
  type WritableDisk,
} from './snapshot-manifest.ts';

/** Disks in a snapshot of which a restored VM gets copies of its own, by the field that names each. */
type Copied = Readonly<Partial<Record<WritableDisk, string>>>;

/** A snapshot that can be restored here. */
export interface CheckedRestore {
  readonly manifest: SnapshotManifest;
  /** What the VM is started with; copied disks by the paths that they will have. */
  readonly spec: BootSpec;
  readonly copied: Copied;
}

/**
 * Reads a snapshot and checks that it can be restored here. Touches nothing. Throws `SNAPSHOT_FAILED`, `INVALID_CONFIG`,
 * `UNSUPPORTED`; `TypeError` for a path that is not absolute.
 */
export async function checkRestore(
  directory: string,
  overrides: RestoreOverrides<object>,
  driver: VmDriver,
  stateRoot: string,
): Promise<CheckedRestore> {
  if (typeof directory !== 'string' || !isAbsolute(directory)) {
    throw new TypeError(`snapshot directory must be an absolute path, got ${shown(directory)}`);
  }
  const changes = checkOverrides(overrides);
  const manifest = await readSnapshot(directory);
  const refused = 'it cannot be restored here';
  // First, because what else is wrong with it here would only be a consequence.
  const unfit = driverProblems(manifest, driver);
  if (unfit.length > 0) throw snapshotError(manifest.spec.name, directory, refused, unfit);
  const copied = copiesFor(manifest, directory, changes);
  const checked = await checkSpec({ ...savedConfig(manifest), ...copied, ...changes }, driver, stateRoot);
  const problems = await diskProblems(manifest, checked);
  if (problems.length > 0) throw snapshotError(checked.name, directory, refused, problems);
  const { stateDir } = vmLayout(stateRoot, checked.namespace, checked.name);
  return { manifest, spec: withOwnDisks(checked, copied, stateDir), copied };
}

/** A disk that the caller gives takes the place of the copy. */
function copiesFor({ copies = [] }: SnapshotManifest, directory: string, changes: RestoreOverrides): Copied {
  const wanted = copies.filter((field) => changes[field] === undefined);
  return Object.fromEntries(wanted.map((field) => [field, copyPath(directory, field)]));
}

function withOwnDisks(spec: BootSpec, copied: Copied, stateDir: string): BootSpec {
  const own = Object.keys(copied).map((field) => [field, copyPath(stateDir, field as WritableDisk)] as const);
  return { ...spec, ...Object.fromEntries(own) };
}
