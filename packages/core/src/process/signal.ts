import type { ProcessIdentity } from '../contract/index.ts';
import { isVmError, VmError } from '../errors/index.ts';
import { errnoOf } from '../util/errno.ts';
import { fateOf } from './identity.ts';
import type { PinnedProcess } from './pinned-process.ts';

/** How a signal is sent. */
export interface SignalOptions {
  /** To the whole process group that the process leads, not to it alone. Default false. */
  readonly group?: boolean;
}

/**
 * Sends a signal to exactly the recorded process, or tells that it is gone (a zombie is gone). The identity is checked directly
 * before, with no turn of the event loop in between on Linux. Throws `STALE_PROCESS` when another process has the pid now,
 * `IO` when it cannot be told or the system refuses; nothing was sent then.
 */
export async function signalProcess(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  options: SignalOptions = {},
): Promise<'sent' | 'gone'> {
  const { pid } = identity;
  // kill(2) takes 0 and negative numbers for whole groups, and -1 for everybody.
  if (!Number.isSafeInteger(pid) || pid <= 1) throw new TypeError(`not the pid of a VM's process: ${pid}`);
  const fate = await fateOf(identity);
  switch (fate.status) {
    case 'gone':
      return 'gone';
    case 'unknown': {
      const detail = `${signal} was not sent to process ${pid}, because it cannot be told whose that is: ${fate.reason}`;
      throw new VmError('IO', { detail, details: {}, cause: fate.cause });
    }
    case 'replaced': {
      const detail = `pid ${pid} now belongs to another process; ${signal} was not sent`;
      throw new VmError('STALE_PROCESS', { detail, details: { expected: identity, found: fate.found } });
    }
    case 'alive':
      return options.group === true ? sendToGroup(pid, signal) : send(pid, signal);
  }
}

/**
 * {@link signalProcess} to the group of a process on which there is a handle. The handle answers for this very process, whatever else has
 * its pid or its start tick by now, and takes no further descriptor: a controller that has none left can still end its VMs.
 */
export async function signalPinned(
  pin: PinnedProcess | null,
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
): Promise<'sent' | 'gone'> {
  const life = pin?.life();
  if (life === 'gone') return 'gone';
  // No turn of the event loop lies between the look and the signal.
  if (life === 'alive') return sendToGroup(identity.pid, signal);
  return signalProcess(identity, signal, { group: true });
}

/** {@link signalProcess} to the group, for those who want the process gone: one whose pid is another process now is gone. */
export async function signalOrGone(
  identity: ProcessIdentity,
  signal: NodeJS.Signals,
  pin: PinnedProcess | null = null,
): Promise<'sent' | 'gone'> {
  try {
    return await signalPinned(pin, identity, signal);
  } catch (error) {
    if (isVmError(error, 'STALE_PROCESS')) return 'gone';
    throw error;
  }
}

/** To the process alone when it leads no group of its own. */
function sendToGroup(pid: number, signal: NodeJS.Signals): 'sent' | 'gone' {
  return send(-pid, signal) === 'sent' ? 'sent' : send(pid, signal);
}

function send(target: number, signal: NodeJS.Signals): 'sent' | 'gone' {
  try {
    process.kill(target, signal);
    return 'sent';
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return 'gone';
    const advice = errnoOf(error) === 'EPERM' ? '; do it as the user who started the VM' : '';
    const detail = `${signal} cannot be sent to process ${Math.abs(target)} (${errnoOf(error)})${advice}`;
    throw new VmError('IO', { detail, details: {}, cause: error });
  }
}
