import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BootSpec, type DriverContext, errnoOf, type Problem, type SnapshotRef, VmError } from '@vmrs/core/driver';
import { savedFileProblems, snapshotRefusal } from '@vmrs/driver-kit';
import { DRIVER, hypervisorError, messageOf } from '../errors.ts';
import { mayPageOnDemand } from '../host/access.ts';
import type { ChHost } from '../host/host.ts';
import { type Beginning, launch } from '../launch.ts';
import type { CloudHvMachine } from '../machine.ts';
import type { ResolvedOptions } from '../options.ts';
import { type Preparation, prepare } from '../prepare.ts';
import { restoreMode, whyNotOnDemand } from './restore-mode.ts';
import { deviceDifferences, rewriteConfig, type SavedConfig } from './rewrite-config.ts';
import { CONFIG_FILE, fromManifest, MEMORY_FILE, type SnapshotData, STATE_FILE } from './snapshot-data.ts';
import { stageSnapshot } from './staging.ts';

/** Reading memory takes about a millisecond per MiB from a fast disk, and far longer from a slow one. */
const COPY_MS_PER_MB = 50;

/** Starts a VM from a snapshot, paused. Throws `SNAPSHOT_FAILED`; a snapshot that does not fit is refused before anything is started. */
export async function restoreSnapshot(
  snapshot: SnapshotRef,
  spec: BootSpec,
  context: DriverContext,
  host: ChHost,
  options: ResolvedOptions,
): Promise<CloudHvMachine> {
  const { directory } = snapshot;
  const data = fromManifest(snapshot.data);
  if (data === null) {
    const message = 'the snapshot was not written by this driver or by a newer version of it';
    throw snapshotRefusal(DRIVER, spec, directory, [{ path: '', message }]);
  }
  const preparation = await prepare(spec, context, host, options, data.macs);
  const saved = await readConfig(directory);
  const allowed = { mayPageOnDemand: await mayPageOnDemand(), sharedMemory: data.sharedMemory };
  const problems = await misfits(directory, data, saved, preparation, allowed);
  if (problems.length > 0 || typeof saved === 'string') throw snapshotRefusal(DRIVER, spec, directory, problems);
  const { plan, binary, vmOptions } = preparation;
  const source = await stageSnapshot(directory, rewriteConfig(saved, plan.config), context);
  const mode = restoreMode(vmOptions.restoreMemory, binary.features, allowed);
  const deadlineMs = options.bootTimeoutMs + spec.memoryMb * COPY_MS_PER_MB;
  try {
    return await launch(spec, context, preparation, host, options, restoreBeginning(source, mode, deadlineMs));
  } catch (error) {
    context.signal.throwIfAborted();
    throw new VmError('SNAPSHOT_FAILED', {
      vm: spec.name,
      driver: DRIVER,
      detail: `Cloud Hypervisor cannot go on from the saved state: ${messageOf(error)}`,
      details: { directory, problems: [] },
      cause: error,
    });
  }
}

function restoreBeginning(source: string, mode: 'Copy' | 'OnDemand' | null, deadlineMs: number): Beginning {
  return {
    deadlineMs,
    async begin(api, signal) {
      const bound = { signal, deadlineMs: null };
      const how = mode === null ? {} : { memory_restore_mode: mode };
      await api.put('vm.restore', { source_url: `file://${source}`, prefault: false, ...how }, bound);
      const { state } = await api.info(bound);
      if (state !== 'Paused')
        throw hypervisorError('vm.restore', `Cloud Hypervisor says that the VM is ${state} after its restore`);
    },
  };
}

/** The saved configuration; a string says why it cannot be read. */
async function readConfig(directory: string): Promise<SavedConfig | string> {
  try {
    const value: unknown = JSON.parse(await readFile(join(directory, CONFIG_FILE), 'utf8'));
    return typeof value === 'object' && value !== null ? (value as SavedConfig) : 'is no object';
  } catch (error) {
    return `cannot be read (${errnoOf(error) ?? messageOf(error)})`;
  }
}

/** Why this Cloud Hypervisor, with this configuration, cannot continue the saved VM. */
async function misfits(
  directory: string,
  data: SnapshotData,
  saved: SavedConfig | string,
  { binary, plan, vmOptions }: Preparation,
  allowed: { readonly mayPageOnDemand: boolean; readonly sharedMemory: boolean },
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const { version, path, features } = binary;
  if (version.text !== data.cloudHypervisor) {
    problems.push({
      path,
      message: `is Cloud Hypervisor ${version.text}, the state was saved by ${data.cloudHypervisor}`,
      fix: `install ${data.cloudHypervisor}`,
    });
  }
  if (typeof saved === 'string') problems.push({ path: join(directory, CONFIG_FILE), message: saved });
  else {
    const differences = deviceDifferences(saved, plan.config);
    problems.push(...differences.map((message) => ({ path: '', message, fix: 'restore with as many of each' })));
  }
  for (const name of [STATE_FILE, MEMORY_FILE]) problems.push(...(await savedFileProblems(join(directory, name))));
  const onDemand = whyNotOnDemand(vmOptions.restoreMemory, features, allowed);
  if (onDemand !== null) problems.push({ path: 'driverOptions.restoreMemory', message: `on-demand: ${onDemand}` });
  return problems;
}
