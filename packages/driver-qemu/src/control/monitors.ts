import { join } from 'node:path';
import { type LinkedAbort, linkAborts } from '@vmrs/core/driver';
import { connectOnce, connectWhenListening } from '@vmrs/driver-kit';
import { hypervisorError } from '../errors.ts';
import { QmpConnection } from './qmp-connection.ts';

/** Names of the monitors' sockets in the runtime directory. A monitor serves one client at a time, so there is one to spare. */
export const MONITOR_SOCKETS = ['qmp.sock', 'qmp-spare.sock'] as const;

/** A monitor that another client holds accepts a connection and says nothing; a free one greets within a millisecond. */
const GREETING_DEADLINE_MS = 2_000;

/** Connects to the first monitor of a QEMU that was just started. Rejects with the signal's reason, or `HYPERVISOR`. */
export async function openMonitor(runtimeDir: string, signal: AbortSignal, deadlineMs: number): Promise<QmpConnection> {
  const socket = await connectWhenListening(join(runtimeDir, MONITOR_SOCKETS[0]), signal);
  return QmpConnection.open(socket, { signal, deadlineMs });
}

/**
 * Connects to whichever monitor of a running QEMU greets first. Throws `HYPERVISOR` when none does.
 *
 * @param deadlineMs time for a monitor to greet. Default 2000
 */
export async function openAnyMonitor(
  runtimeDir: string,
  signal: AbortSignal,
  deadlineMs: number = GREETING_DEADLINE_MS,
): Promise<QmpConnection> {
  const race = linkAborts(signal);
  const attempts = MONITOR_SOCKETS.map((name) => attempt(join(runtimeDir, name), race, deadlineMs));
  try {
    return await Promise.any(attempts);
  } catch (error) {
    signal.throwIfAborted();
    const cause: unknown = error instanceof AggregateError ? error.errors[0] : error;
    throw hypervisorError('adopt', `no QMP monitor in '${runtimeDir}' answers; another controller may hold both`, {
      cause,
    });
  } finally {
    race.dispose();
  }
}

/** One attempt; the first that succeeds ends the others. */
async function attempt(path: string, race: LinkedAbort, deadlineMs: number): Promise<QmpConnection> {
  const socket = await connectOnce(path, race.signal);
  const connection = await QmpConnection.open(socket, { signal: race.signal, deadlineMs });
  if (race.signal.aborted) {
    connection.close();
    throw race.signal.reason;
  }
  race.abort(new Error('another monitor was faster'));
  return connection;
}
