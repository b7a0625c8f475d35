import { formatProblems, type JsonObject, type Problem, VmError } from '@vmrs/core/driver';
import * as v from 'valibot';
import { problemsOf, type Shape } from './shape.ts';

/** Which operation of which VM is called, for the words of errors. */
export interface Called {
  readonly driver: string;
  readonly vm: string;
  readonly operation: string;
}

/** The checked arguments of an operation. Throws `INVALID_CONFIG` with everything that is wrong with them. */
export function checkedArguments<T>(shape: Shape<T>, args: JsonObject, called: Called): T {
  const problems = problemsOf(shape, args, [], `argument of ${called.operation}`);
  if (problems.length > 0) throw refusedArguments(called, problems);
  return v.parse(shape, args);
}

/** Refuses any argument of an operation that takes none. Throws `INVALID_CONFIG`. */
export function noArguments(args: JsonObject, called: Called): void {
  checkedArguments(v.strictObject({}), args, called);
}

/** An `INVALID_CONFIG` for what is wrong with the arguments of an operation. */
export function refusedArguments(
  { driver, vm, operation }: Called,
  problems: readonly Problem[],
): VmError<'INVALID_CONFIG'> {
  const detail = `${operation}: ${formatProblems(problems)}`;
  return new VmError('INVALID_CONFIG', { vm, driver, detail, details: { problems } });
}
