import { join } from 'node:path';
import {
  type BootSpec,
  type DriverContext,
  isVmError,
  type Problem,
  type SnapshotRef,
  VmError,
} from '@vmrs/core/driver';
import { savedFileProblems, snapshotRefusal } from '@vmrs/driver-kit';
import { DRIVER, messageOf } from '../errors.ts';
import { type Beginning, launch } from '../launch.ts';
import type { Mac } from '../mac/mac.ts';
import type { AppleVzMachine } from '../machine.ts';
import { optionsOf, type ResolvedOptions } from '../options.ts';
import { prepare } from '../prepare.ts';
import { machineShape, shapeDifferences } from './machine-shape.ts';
import { fromManifest, type SnapshotData, STATE_FILE } from './snapshot-data.ts';

/** Reading memory takes about a millisecond per MiB from a fast disk, and far longer from a slow one. */
const COPY_MS_PER_MB = 50;

/** Starts a VM from a snapshot, paused. Throws `SNAPSHOT_FAILED`; a snapshot that does not fit is refused before anything is started. */
export async function restoreSnapshot(
  { directory, data }: SnapshotRef,
  spec: BootSpec,
  context: DriverContext,
  mac: Mac,
  options: ResolvedOptions,
): Promise<AppleVzMachine> {
  const saved = fromManifest(data);
  const path = join(directory, STATE_FILE);
  const problems = await misfits(saved, path, spec, mac, options, context.signal);
  if (problems.length > 0 || saved === null) throw snapshotRefusal(DRIVER, spec, directory, problems);
  const { macs, machineId } = saved;
  const preparation = await prepare(spec, context, mac, options, { macs, machineId });
  const deadlineMs = options.startTimeoutMs + spec.memoryMb * COPY_MS_PER_MB;
  try {
    return await launch(spec, context, preparation, mac, options, restoreBeginning(path, deadlineMs));
  } catch (error) {
    context.signal.throwIfAborted();
    if (isVmError(error, 'UNSUPPORTED')) throw error;
    const detail = `Virtualization.framework cannot go on from the saved state: ${messageOf(error)}`;
    throw new VmError('SNAPSHOT_FAILED', {
      vm: spec.name,
      driver: DRIVER,
      detail,
      details: { directory, problems: [] },
      cause: error,
    });
  }
}

function restoreBeginning(path: string, deadlineMs: number): Beginning {
  return {
    deadlineMs,
    async begin(link, signal) {
      await link.call('restore', { path }, { signal });
    },
  };
}

/** Why this Mac, with this configuration, cannot continue the saved VM. */
async function misfits(
  saved: SnapshotData | null,
  path: string,
  spec: BootSpec,
  mac: Mac,
  options: ResolvedOptions,
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  if (saved === null) return [{ path: '', message: 'it was not written by this driver or by a newer version of it' }];
  const { saveRestore } = await mac.facts(signal);
  const unable = { path: 'snapshot', message: 'restoring needs macOS 14 or later on Apple silicon' };
  const shape = machineShape(spec, optionsOf(spec, options));
  return [
    ...(saveRestore ? [] : [unable]),
    ...shapeDifferences(saved.shape, shape),
    ...(await savedFileProblems(path)),
    ...machineIdProblems(saved, spec),
  ];
}

function machineIdProblems(saved: SnapshotData, { machineId }: BootSpec): readonly Problem[] {
  if (machineId === null || machineId === saved.machineId) return [];
  const message = 'is another one than that of the saved VM, which must be kept';
  return [{ path: 'machineId', message, fix: 'leave it out: it is taken from the snapshot' }];
}
