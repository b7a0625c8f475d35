import { deferred, type JsonObject, raceAbort } from '@vmrs/core/driver';
import type { QmpConnection } from '../control/qmp-connection.ts';
import { isObject, objectsIn, textOf } from '../control/qmp-message.ts';
import { hypervisorError, messageOf } from '../errors.ts';

/** Bytes per second: no limit in practice. QEMU's default of 128 MiB/s is meant for networks. */
const MAX_BANDWIDTH = 64 * 1024 ** 3;

/** The capability that leaves shared memory out of a state: it lies in a file that both sides have. */
const IGNORE_SHARED = 'x-ignore-shared';

/** Whether this QEMU can leave shared memory out of a state. */
export async function canIgnoreShared(monitor: QmpConnection): Promise<boolean> {
  const capabilities = objectsIn(await monitor.execute('query-migrate-capabilities'));
  return capabilities.some((one) => textOf(one, 'capability') === IGNORE_SHARED);
}

/**
 * Runs one migration (saving a state, or taking one in) to its end, which QEMU tells by an event. `move` carries the bytes meanwhile. When it
 * fails or the signal is aborted, an outgoing migration is cancelled; the VM stays as it was. Throws `HYPERVISOR` with
 * QEMU's reason, or the signal's.
 */
export async function migrate(
  monitor: QmpConnection,
  command: 'migrate' | 'migrate-incoming',
  args: JsonObject,
  options: { readonly ignoreShared: boolean; readonly move: Promise<void>; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const ended = deferred<string>();
  const forget = monitor.onEvent(({ name, data }) => {
    const status = name === 'MIGRATION' ? textOf(data, 'status') : undefined;
    if (status === 'completed' || status === 'failed' || status === 'cancelled') ended.resolve(status);
  });
  void monitor.closed.then(() => ended.resolve('lost'));
  const { signal } = options;
  try {
    await configure(monitor, options.ignoreShared);
    await monitor.execute(command, args, signal === undefined ? {} : { signal });
    // Bytes that cannot be moved end the wait at once; bytes that were moved do not end it.
    const broken = options.move.then(() => ended.promise);
    const status = await raceAbort(Promise.race([ended.promise, broken]), signal);
    if (status !== 'completed') throw hypervisorError(command, await reasonOf(monitor, status));
    await raceAbort(options.move, signal);
  } catch (error) {
    if (command === 'migrate' && monitor.isOpen) await cancel(monitor, ended.promise);
    throw error;
  } finally {
    forget();
  }
}

async function configure(monitor: QmpConnection, ignoreShared: boolean): Promise<void> {
  const capabilities = [
    { capability: 'events', state: true },
    // Absent in a QEMU that could not have been asked for it.
    ...(ignoreShared || (await canIgnoreShared(monitor)) ? [{ capability: IGNORE_SHARED, state: ignoreShared }] : []),
  ];
  await monitor.execute('migrate-set-capabilities', { capabilities });
  await monitor.execute('migrate-set-parameters', { 'max-bandwidth': MAX_BANDWIDTH });
}

/** Ends a migration that is under way and waits until QEMU says so. */
async function cancel(monitor: QmpConnection, ended: Promise<string>): Promise<void> {
  const info = await monitor.execute('query-migrate');
  const status = isObject(info) ? textOf(info, 'status') : undefined;
  if (status !== 'setup' && status !== 'active' && status !== 'wait-unplug') return;
  await monitor.execute('migrate_cancel');
  await ended;
}

async function reasonOf(monitor: QmpConnection, status: string): Promise<string> {
  if (status === 'lost') return 'QEMU ended meanwhile';
  try {
    const info = await monitor.execute('query-migrate');
    const reason = isObject(info) ? textOf(info, 'error-desc') : undefined;
    return `QEMU says '${status}'${reason === undefined ? '' : `: ${reason}`}`;
  } catch (error) {
    return `QEMU says '${status}', and then: ${messageOf(error)}`;
  }
}
