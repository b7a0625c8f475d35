import { isAbsolute } from 'node:path';
import type { BootSpec } from '../../config/index.ts';
import type { VmDriver } from '../../contract/index.ts';
import { shown } from '../options/check-options.ts';
import { checkSpec } from '../options/check-spec.ts';
import { checkOverrides, type RestoreOverrides } from '../options/manager-options.ts';
import {
  diskProblems,
  driverProblems,
  readSnapshot,
  type SnapshotManifest,
  savedConfig,
  snapshotError,
} from './snapshot-manifest.ts';

/**
 * Reads a snapshot and checks that it can be restored here. Touches nothing. Throws `SNAPSHOT_FAILED`, `INVALID_CONFIG`,
 * `UNSUPPORTED`; `TypeError` for a path that is not absolute.
 */
export async function checkRestore(
  directory: string,
  overrides: RestoreOverrides,
  driver: VmDriver,
  stateRoot: string,
): Promise<{ readonly manifest: SnapshotManifest; readonly spec: BootSpec }> {
  if (typeof directory !== 'string' || !isAbsolute(directory)) {
    throw new TypeError(`snapshot directory must be an absolute path, got ${shown(directory)}`);
  }
  const changes = checkOverrides(overrides);
  const manifest = await readSnapshot(directory);
  const refused = 'it cannot be restored here';
  // First, because what else is wrong with it here would only be a consequence.
  const unfit = driverProblems(manifest, driver);
  if (unfit.length > 0) throw snapshotError(manifest.spec.name, directory, refused, unfit);
  const spec = await checkSpec({ ...savedConfig(manifest), ...changes }, driver, stateRoot);
  const problems = await diskProblems(manifest, spec);
  if (problems.length > 0) throw snapshotError(spec.name, directory, refused, problems);
  return { manifest, spec };
}
