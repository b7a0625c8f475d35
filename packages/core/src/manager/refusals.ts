import { formatProblems, type Problem, VmError } from '../errors/index.ts';

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
