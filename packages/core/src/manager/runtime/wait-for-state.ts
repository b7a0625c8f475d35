import { VmError } from '../../errors/index.ts';
import { formatState, isEnded, TRANSITIONS, type VmState, type VmStatus } from '../../state/index.ts';
import { type AbortOptions, onAbort } from '../../util/abort.ts';
import { deferred } from '../../util/deferred.ts';
import { checkKnown, checkSignal, checkTime, shown } from '../options/check-options.ts';
import type { VmHandle } from '../vm-handle.ts';

/** Options of {@link Vm.waitFor}. */
export interface WaitOptions extends AbortOptions {
  /** Milliseconds until `TIMEOUT`. Default: no limit. */
  readonly timeoutMs?: number;
}

/** See {@link Vm.waitFor}. Leaves no timer and no listener behind. */
export async function waitForState<S extends VmStatus>(
  vm: VmHandle,
  status: S,
  options: WaitOptions,
): Promise<Extract<VmState, { status: S }>> {
  checkKnown('waitFor()', options, ['timeoutMs', 'signal']);
  checkSignal(options);
  const timeoutMs = checkTime('timeoutMs', options.timeoutMs, undefined);
  if (!TRANSITIONS.some(({ from, to }) => from === status || to === status)) {
    throw new TypeError(`${shown(status)} is no state of a VM`);
  }
  const { cell } = vm;
  const reached = deferred<Extract<VmState, { status: S }>>();
  const look = (state: VmState): void => {
    if (hasStatus(state, status)) reached.resolve(state);
    else if (isEnded(state)) reached.reject(vm.invalidState(`become ${status}`));
  };
  const offs = [cell.subscribe(look)];
  look(cell.current);
  offs.push(
    onAbort(vm.parted, () => reached.reject(vm.invalidState(`become ${status}`))),
    onAbort(options.signal, (reason) => reached.reject(givenUp(vm, status, reason))),
  );
  const deadline =
    timeoutMs === undefined ? undefined : setTimeout(() => reached.reject(late(vm, status, timeoutMs)), timeoutMs);
  try {
    return await reached.promise;
  } finally {
    clearTimeout(deadline);
    for (const off of offs) off();
  }
}

function givenUp(vm: VmHandle, status: VmStatus, cause: unknown): VmError<'ABORTED'> {
  const operation = `wait for ${status}`;
  return new VmError('ABORTED', {
    vm: vm.key.name,
    detail: `${operation} was given up`,
    details: { operation },
    cause,
  });
}

function late(vm: VmHandle, status: VmStatus, timeoutMs: number): VmError<'TIMEOUT'> {
  const operation = `wait for ${status}`;
  const detail = `it was not ${status} within ${timeoutMs} ms; it is ${formatState(vm.cell.current)}`;
  return new VmError('TIMEOUT', { vm: vm.key.name, detail, details: { operation, timeoutMs } });
}

function hasStatus<S extends VmStatus>(state: VmState, status: S): state is Extract<VmState, { status: S }> {
  return state.status === status;
}
