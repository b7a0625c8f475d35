import { join } from 'node:path';
import {
  type BootSpec,
  type DriverContext,
  isVmError,
  linkAborts,
  type Problem,
  type SnapshotRef,
  VmError,
} from '@vmrs/core/driver';
import { savedFileProblems, snapshotRefusal } from '@vmrs/driver-kit';
import { formatVersion } from '../control/qmp-message.ts';
import { messageOf } from '../errors.ts';
import type { QemuHost } from '../host/host.ts';
import { launch, type Preparation, prepare } from '../launch.ts';
import type { QemuMachine } from '../machine.ts';
import type { ResolvedOptions } from '../options.ts';
import { migrate } from './migration.ts';
import { fromManifest, MEMORY_FILE, type SnapshotData, STATE_FILE } from './snapshot-data.ts';
import { sendState } from './state-stream.ts';

/** Starts a VM from a snapshot, paused. Throws `SNAPSHOT_FAILED`; a snapshot that does not fit is refused before anything is started. */
export async function restoreSnapshot(
  snapshot: SnapshotRef,
  spec: BootSpec,
  context: DriverContext,
  host: QemuHost,
  options: ResolvedOptions,
): Promise<QemuMachine> {
  const { directory } = snapshot;
  const data = fromManifest(snapshot.data);
  if (data === null) {
    throw snapshotRefusal('qemu', spec, directory, [
      { path: '', message: 'the snapshot was not written by this driver or by a newer version of it' },
    ]);
  }
  const mapped = data.mode === 'mapped';
  const memory = mapped
    ? ({ kind: 'restored', path: join(directory, MEMORY_FILE) } as const)
    : ({ kind: 'private' } as const);
  const preparation = await prepare(spec, context, host, options, { memory, macs: data.macs });
  const problems = await misfits(data, spec, directory, preparation);
  if (problems.length > 0) throw snapshotRefusal('qemu', spec, directory, problems);
  const { machine, monitor } = await launch(spec, context, preparation, options);
  const transfer = linkAborts(context.signal);
  try {
    const socket = join(context.paths.runtimeDir, 'load.sock');
    const move = sendState(join(directory, STATE_FILE), socket, transfer.signal);
    await migrate(
      monitor,
      'migrate-incoming',
      { uri: `unix:${socket}` },
      { ignoreShared: mapped, move, signal: transfer.signal },
    );
    return machine;
  } catch (error) {
    transfer.abort(error);
    await machine.kill();
    await machine.detach();
    context.signal.throwIfAborted();
    if (isVmError(error, 'SNAPSHOT_FAILED')) throw error;
    const detail = `QEMU cannot take the saved state in: ${messageOf(error)}`;
    throw new VmError('SNAPSHOT_FAILED', {
      vm: spec.name,
      driver: 'qemu',
      detail,
      details: { directory, problems: [] },
      cause: error,
    });
  } finally {
    transfer.dispose();
  }
}

/** Why this QEMU, configured for `spec`, cannot continue the saved VM. */
async function misfits(
  data: SnapshotData,
  spec: BootSpec,
  directory: string,
  { binary, control }: Preparation,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const version = formatVersion(binary.version);
  if (version !== data.qemu) {
    problems.push({
      path: binary.path,
      message: `is QEMU ${version}, the state was saved by ${data.qemu}`,
      fix: `install QEMU ${data.qemu}`,
    });
  }
  if (control.hardware !== data.hardware) {
    const message = 'CPUs, memory, devices, addresses or the accelerator differ from those of the saved VM';
    problems.push({ path: '', message, fix: 'restore with the configuration and driver options it was booted with' });
  }
  problems.push(...(await savedFileProblems(join(directory, STATE_FILE))));
  if (data.mode === 'mapped')
    problems.push(...(await savedFileProblems(join(directory, MEMORY_FILE), spec.memoryMb * 1024 * 1024)));
  return problems;
}
