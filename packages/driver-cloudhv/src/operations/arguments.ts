import { formatProblems, type JsonObject, type Problem, VmError } from '@vmrs/core/driver';
import * as v from 'valibot';
import { DRIVER } from '../errors.ts';
import { problemsOf, type Shape } from '../shape.ts';

/** The checked arguments of an operation. Throws `INVALID_CONFIG` with everything that is wrong with them. */
export function checkedArguments<T>(shape: Shape<T>, operation: string, args: JsonObject, vm: string): T {
  const problems = problemsOf(shape, args, [], `argument of ${operation}`);
  if (problems.length > 0) throw refusedArguments(vm, operation, problems);
  return v.parse(shape, args);
}

/** Refuses any argument of an operation that takes none. Throws `INVALID_CONFIG`. */
export function noArguments(operation: string, args: JsonObject, vm: string): void {
  checkedArguments(v.strictObject({}), operation, args, vm);
}

/** An `INVALID_CONFIG` for what is wrong with the arguments of an operation. */
export function refusedArguments(
  vm: string,
  operation: string,
  problems: readonly Problem[],
): VmError<'INVALID_CONFIG'> {
  const detail = `${operation}: ${formatProblems(problems)}`;
  return new VmError('INVALID_CONFIG', { vm, driver: DRIVER, detail, details: { problems } });
}
