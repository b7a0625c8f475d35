import { dirname, join } from 'node:path';
import { isVmError, VmError } from '../../errors/index.ts';
import type { Holder, VmLayout, VmRecord } from '../../store/index.ts';
import { ioError } from '../../store/io-error.ts';
import type { Clock } from '../../util/clock.ts';
import { errnoOf } from '../../util/errno.ts';
import type { VmKey } from '../vm-key.ts';
import { FolderWatch } from './folder-watch.ts';
import { greetOwner, SilentOwner } from './greet-owner.ts';
import { OWNER_SOCKET } from './protocol.ts';
import { silentOwner } from './remote-errors.ts';
import { RemoteVm } from './remote-vm.ts';

/** How long a living holder may take to let others ask, in milliseconds. */
export const REACH_MS = 5_000;
/** How often it is looked again whether the holder still lives, which no file tells. */
const RECHECK_MS = 200;

/** Whom to reach, and how long to try. */
export interface ReachOptions {
  readonly key: VmKey;
  readonly layout: VmLayout;
  readonly record: VmRecord;
  readonly holder: Holder;
  readonly clock: Clock;
  /** When to give up, on the clock's monotonic time. */
  readonly deadline: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * Connects to the holder of a VM. Null when it did not listen, or hung up, and something has changed since or may have: it may let
 * go of the VM at this moment, have ended, or only be about to listen. Throws `TIMEOUT` when it cannot be reached before the
 * deadline although it lives, `UNSUPPORTED` when it speaks another version, `IO` when this user may not, and the signal's reason.
 */
export async function reachOwner(options: ReachOptions): Promise<RemoteVm | null> {
  const { key, layout, record, clock, deadline, signal } = options;
  const path = join(record.runtimeDir, OWNER_SOCKET);
  const left = deadline - clock.elapsed();
  const silent = (cause?: unknown) => unreachable(options, cause);
  if (left <= 0) throw silent();
  using changes = new FolderWatch([dirname(layout.lockFile), record.runtimeDir]);
  try {
    const greeting = await greetOwner(path, key.name, left, signal);
    if (greeting.welcome.instanceId === record.instanceId) return new RemoteVm(greeting, { key, path, clock });
    greeting.socket.destroy();
    return null;
  } catch (error) {
    signal?.throwIfAborted();
    if (isVmError(error)) throw error;
    if (error instanceof SilentOwner) throw silent(error);
    if (errnoOf(error) === 'EACCES') throw ioError('asking the controller of a VM at', path, error);
    await changes.change(Math.min(RECHECK_MS, left), clock, signal);
    return null;
  }
}

function unreachable({ key, layout, holder }: ReachOptions, cause: unknown): VmError<'TIMEOUT'> {
  const { identity, doubt } = holder;
  if (doubt === null) return silentOwner(key.name, 'get', identity.pid, REACH_MS, cause);
  const detail =
    `get: process ${identity.pid} holds '${key.name}' and did not answer within ${REACH_MS} ms; whether it still lives cannot be told: ` +
    `${doubt}; remove '${layout.lockFile}' if that process is gone`;
  return new VmError('TIMEOUT', { vm: key.name, detail, details: { operation: 'get', timeoutMs: REACH_MS }, cause });
}
