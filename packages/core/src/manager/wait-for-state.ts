import { VmError } from '../errors/index.ts';
import { formatState, isEnded, TRANSITIONS, type VmState, type VmStatus } from '../state/index.ts';
import { type AbortOptions, onAbort } from '../util/abort.ts';
import { deferred } from '../util/deferred.ts';
import { checkKnown, checkSignal, checkTime, shown } from './check-options.ts';
import type { VmRuntime } from './vm-runtime.ts';

/** Options of {@link Vm.waitFor}. */
export interface WaitOptions extends AbortOptions {
  /** Milliseconds until `TIMEOUT`. Default: no limit. */
  readonly timeoutMs?: number;
}

/** See {@link Vm.waitFor}. Leaves no timer and no listener behind. */
export async function waitForState<S extends VmStatus>(
  runtime: VmRuntime,
  status: S,
  options: WaitOptions,
): Promise<Extract<VmState, { status: S }>> {
  checkKnown('waitFor()', options, ['timeoutMs', 'signal']);
  checkSignal(options);
  const timeoutMs = checkTime('timeoutMs', options.timeoutMs, undefined);
  if (!TRANSITIONS.some(({ from, to }) => from === status || to === status)) {
    throw new TypeError(`${shown(status)} is no state of a VM`);
  }
  const { cell } = runtime;
  const reached = deferred<Extract<VmState, { status: S }>>();
  const look = (state: VmState): void => {
    if (hasStatus(state, status)) reached.resolve(state);
    else if (isEnded(state)) reached.reject(runtime.invalidState(`become ${status}`));
  };
  const offs = [cell.subscribe(look)];
  look(cell.current);
  offs.push(
    onAbort(runtime.life.parted, () => reached.reject(runtime.invalidState(`become ${status}`))),
    onAbort(options.signal, (reason) => reached.reject(givenUp(runtime, status, reason))),
  );
  const deadline =
    timeoutMs === undefined ? undefined : setTimeout(() => reached.reject(late(runtime, status, timeoutMs)), timeoutMs);
  try {
    return await reached.promise;
  } finally {
    clearTimeout(deadline);
    for (const off of offs) off();
  }
}

function givenUp(runtime: VmRuntime, status: VmStatus, cause: unknown): VmError<'ABORTED'> {
  const operation = `wait for ${status}`;
  return new VmError('ABORTED', {
    vm: runtime.key.name,
    detail: `${operation} was given up`,
    details: { operation },
    cause,
  });
}

function late(runtime: VmRuntime, status: VmStatus, timeoutMs: number): VmError<'TIMEOUT'> {
  const operation = `wait for ${status}`;
  const detail = `it was not ${status} within ${timeoutMs} ms; it is ${formatState(runtime.cell.current)}`;
  return new VmError('TIMEOUT', { vm: runtime.key.name, detail, details: { operation, timeoutMs } });
}

function hasStatus<S extends VmStatus>(state: VmState, status: S): state is Extract<VmState, { status: S }> {
  return state.status === status;
}
