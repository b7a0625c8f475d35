import { formatProblems, type Problem, VmError } from '../errors/index.ts';
import type { VmStatus } from '../state/index.ts';

/** An `INVALID_CONFIG` that lists all problems. */
export function invalidConfig(problems: readonly Problem[], vm?: string): VmError<'INVALID_CONFIG'> {
  return new VmError('INVALID_CONFIG', {
    ...(vm === undefined ? {} : { vm }),
    detail: formatProblems(problems),
    details: { problems },
  });
}

/** A `NOT_FOUND`. */
export function notFound(vm: string): VmError<'NOT_FOUND'> {
  return new VmError('NOT_FOUND', { vm, detail: '', details: {} });
}

/** An `INVALID_STATE` for an operation on a VM in `state`, or on one that its manager has let go of. */
export function invalidState(
  vm: string,
  operation: string,
  state: VmStatus,
  detached: boolean,
  cause?: unknown,
): VmError<'INVALID_STATE'> {
  const why = detached ? `: this manager has let go of it; open another and get('${vm}')` : ` while it is ${state}`;
  return new VmError('INVALID_STATE', {
    vm,
    detail: `cannot ${operation}${why}`,
    details: { state, operation },
    cause,
  });
}
