import { join } from 'node:path';
import {
  type AbortOptions,
  type Clock,
  type JsonObject,
  type Logger,
  type ProcessIdentity,
  VmError,
} from '@vmrs/core/driver';
import type { QmpConnection } from '../control/qmp-connection.ts';
import { formatVersion, isObject, textOf } from '../control/qmp-message.ts';
import { copyMemory } from './copy-memory.ts';
import { canIgnoreShared, migrate } from './migration.ts';
import { MEMORY_FILE, type SnapshotData, STATE_FILE, toManifest } from './snapshot-data.ts';
import { receiveState } from './state-stream.ts';

/** What saving needs to know of a machine. */
export interface SaveSource {
  readonly vm: string;
  readonly monitor: QmpConnection;
  readonly process: ProcessIdentity;
  readonly runtimeDir: string;
  readonly memoryMb: number;
  /** Whether the memory is a memfd. */
  readonly sharedMemory: boolean;
  readonly hardware: string;
  readonly macs: readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Writes a paused VM into `directory`. With shared memory, QEMU writes only the devices' state (about 0.3 MB) and the memory is copied
 * beside it, so that a restore can map it; else everything goes into the state. QEMU leaves a migrated VM in a state in which it can be
 * resumed but not migrated again: a second snapshot needs a resume in between. Throws `SNAPSHOT_FAILED`, `HYPERVISOR`, `IO`.
 */
export async function saveSnapshot(
  source: SaveSource,
  directory: string,
  options: AbortOptions = {},
): Promise<JsonObject> {
  const { monitor, signal } = { ...source, ...options };
  await refuseSecond(source, directory);
  const since = source.clock.elapsed();
  const mapped = source.sharedMemory && (await canIgnoreShared(monitor));
  const socket = join(source.runtimeDir, 'save.sock');
  {
    await using sink = await receiveState(socket, join(directory, STATE_FILE), signal);
    await migrate(monitor, 'migrate', { uri: `unix:${socket}` }, { ignoreShared: mapped, move: sink.written, signal });
  }
  // Only now: ending the devices' work may still have written to memory.
  const bytes = mapped
    ? await copyMemory(source.process.pid, source.memoryMb * 1024 * 1024, join(directory, MEMORY_FILE), signal)
    : 0;
  const data: SnapshotData = {
    format: 1,
    mode: mapped ? 'mapped' : 'stream',
    qemu: formatVersion(monitor.version),
    hardware: source.hardware,
    macs: source.macs,
  };
  source.logger.debug(
    { event: 'snapshot.saved', mode: data.mode, memoryBytes: bytes, ms: source.clock.elapsed() - since },
    'snapshot saved',
  );
  return toManifest(data);
}

async function refuseSecond({ monitor, vm }: SaveSource, directory: string): Promise<void> {
  const status = await monitor.execute('query-status');
  if (!isObject(status) || textOf(status, 'status') !== 'postmigrate') return;
  const detail = 'QEMU saves a VM once per pause; resume it, pause it again and take the next snapshot then';
  throw new VmError('SNAPSHOT_FAILED', {
    vm,
    driver: 'qemu',
    detail,
    details: { directory, problems: [{ path: '', message: detail }] },
  });
}
