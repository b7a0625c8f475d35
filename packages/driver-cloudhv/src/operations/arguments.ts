import { type JsonObject, type Problem, VmError } from '@vmrs/core/driver';
import type { z } from 'zod';
import { DRIVER } from '../errors.ts';

/** The checked arguments of an operation. Throws `INVALID_CONFIG` with everything that is wrong with them. */
export function checkedArguments<T>(schema: z.ZodType<T>, operation: string, args: JsonObject, vm: string): T {
  const { data, error } = schema.safeParse(args);
  if (error === undefined && data !== undefined) return data;
  throw refusedArguments(
    vm,
    operation,
    (error?.issues ?? []).map(({ path, message }) => ({ path: path.map(String).join('.'), message })),
  );
}

/** An `INVALID_CONFIG` for what is wrong with the arguments of an operation. */
export function refusedArguments(
  vm: string,
  operation: string,
  problems: readonly Problem[],
): VmError<'INVALID_CONFIG'> {
  const list = problems.map(({ path, message }) => `${path === '' ? '' : `${path}: `}${message}`).join('; ');
  return new VmError('INVALID_CONFIG', {
    vm,
    driver: DRIVER,
    detail: `${operation}: ${list}`,
    details: { problems },
  });
}
