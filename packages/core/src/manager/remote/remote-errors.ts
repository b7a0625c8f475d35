import { VmError } from '../../errors/index.ts';
import type { VmStatus } from '../../state/index.ts';

/** Why nothing is heard of a VM any more that another controller holds. */
export type Parting = 'closed' | 'let-go' | 'broken';

/** An `INVALID_STATE` of a VM of which nothing is heard any more. `pid`: its last known holder. */
export function lostVm(
  vm: string,
  operation: string,
  state: VmStatus,
  parting: Parting,
  pid: number,
  cause?: unknown,
): VmError<'INVALID_STATE'> {
  const why = {
    closed: `this manager has let go of it; open another and get('${vm}')`,
    'let-go': `process ${pid}, which held it, has let go of it; get('${vm}') takes it back`,
    broken: `process ${pid}, which held it, has ended or hung up; get('${vm}') takes it back`,
  } as const satisfies Record<Parting, string>;
  const detail = `cannot ${operation}: ${why[parting]}`;
  return new VmError('INVALID_STATE', { vm, detail, details: { state, operation }, cause });
}

/** A `TIMEOUT` of a holder that lives and does not answer. */
export function silentOwner(
  vm: string,
  operation: string,
  pid: number,
  timeoutMs: number,
  cause?: unknown,
): VmError<'TIMEOUT'> {
  const detail =
    `${operation}: process ${pid} holds '${vm}' and did not answer within ${timeoutMs} ms; the VM is left to it. ` +
    `If that process is suspended, let it go on (kill -CONT ${pid}); if it hangs, end it, and get('${vm}') takes the VM back`;
  return new VmError('TIMEOUT', { vm, detail, details: { operation, timeoutMs }, cause });
}

/** An `ABORTED` of a caller that does not wait for a holder's answer any longer. */
export function callGivenUp(vm: string, operation: string, cause: unknown): VmError<'ABORTED'> {
  return new VmError('ABORTED', { vm, detail: `${operation} was given up`, details: { operation }, cause });
}
