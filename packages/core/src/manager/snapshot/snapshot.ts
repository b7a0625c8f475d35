import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { isVmError } from '../../errors/index.ts';
import { partialSnapshotName } from '../../resources/index.ts';
import { writeFileAtomic } from '../../store/index.ts';
import { errnoOf } from '../../util/errno.ts';
import type { FileSystem } from '../../util/file-system.ts';
import type { JsonObject } from '../../util/json.ts';
import { shown } from '../options/check-options.ts';
import { operate, unsupported } from '../runtime/operations.ts';
import type { VmRuntime } from '../runtime/vm-runtime.ts';
import { copyDisks } from './disk-copies.ts';
import {
  generations,
  MANIFEST,
  SCHEMA,
  type SnapshotManifest,
  snapshotError,
  type WritableDisk,
} from './snapshot-manifest.ts';
import type { SnapshotOptions } from './snapshot-options.ts';

/**
 * Writes a snapshot of a paused VM to `directory`, which must not exist. The folder appears under its name when it is
 * complete: payload first, manifest last, then one rename.
 */
export async function takeSnapshot(
  runtime: VmRuntime,
  directory: string,
  { signal, disks = 'none', onProgress }: SnapshotOptions,
): Promise<void> {
  if (typeof directory !== 'string' || !isAbsolute(directory)) {
    throw new TypeError(`snapshot directory must be an absolute path, got ${shown(directory)}`);
  }
  return operate(runtime, 'snapshot', signal, async (gate) => {
    if (runtime.cell.current.status !== 'paused') throw runtime.invalidState('snapshot');
    const { machine } = runtime;
    const save = machine.snapshot?.bind(machine);
    if (!runtime.driver.capabilities.snapshot || save === undefined) throw unsupported(runtime, 'snapshot');
    const { fileSystem } = runtime.home;
    await refuseExisting(runtime, directory);
    const path = join(dirname(directory), partialSnapshotName(basename(directory), randomUUID()));
    const partial = { kind: 'partial-snapshot', path } as const;
    const resources = await runtime.home.resources();
    try {
      await resources.acquire(partial, async () => {
        await fileSystem.makeDirectory(path, 0o700);
        const data = await save(path, { signal: gate });
        const { spec } = runtime.home.knownRecord;
        const copying = { how: disks === 'copy' ? 'copy' : 'reflink', signal: gate, onProgress } as const;
        const copies = disks === 'none' ? [] : await copyDisks(spec, path, copying, fileSystem);
        await writeManifest(runtime, path, data, copies);
        await giveName(path, directory, fileSystem);
      });
      await resources
        .release(partial)
        .catch((error: unknown) => runtime.warn('a complete snapshot stays in the ledger as a partial one', error));
    } catch (error) {
      if (isVmError(error, 'SNAPSHOT_FAILED') || gate.aborted) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      throw snapshotError(runtime.key.name, directory, detail, [], error);
    }
  });
}

async function writeManifest(
  runtime: VmRuntime,
  path: string,
  data: JsonObject,
  copies: readonly WritableDisk[],
): Promise<void> {
  const { spec, ready } = runtime.home.knownRecord;
  const { fileSystem } = runtime.home;
  const manifest: SnapshotManifest = {
    schema: SCHEMA,
    driver: { id: runtime.driver.id, contract: runtime.driver.contract },
    spec,
    createdAt: new Date(runtime.clock.now()).toISOString(),
    ip: ready?.ip ?? null,
    disks: await generations(spec),
    copies,
    data,
  };
  await writeFileAtomic(join(path, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`, { fileSystem });
  await fileSystem.syncDirectory(path);
}

/** A snapshot of which the caller is told that it failed must not be there, so a name that may not last is taken away again. */
async function giveName(path: string, directory: string, fileSystem: FileSystem): Promise<void> {
  await fileSystem.rename(path, directory);
  try {
    await fileSystem.syncDirectory(dirname(directory));
  } catch (error) {
    await fileSystem.rename(directory, path);
    throw error;
  }
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
