import { isVmError, type Problem } from '@vmrs/core/driver';
import { messageOf } from '../errors.ts';

/** An error for people: code, message, what to do. One line each. */
export function describeError(error: unknown): string {
  if (isVmError(error)) {
    const { details } = error;
    if ('problems' in details) return `${error.code}\n${details.problems.map(describeProblem).join('')}`;
    return `${error.code}\n  ${error.message}\n`;
  }
  return `${error instanceof Error ? error.name : 'Error'}\n  ${messageOf(error)}\n`;
}

/** One problem, with its fix on a line of its own. */
export function describeProblem({ path, message, fix }: Problem): string {
  // Of the addon's failures the message has many lines.
  const what = `  ${path === '' ? '' : `${path}: `}${message.replaceAll('\n', '\n    ')}\n`;
  return fix === undefined ? what : `${what}    what to do: ${fix}\n`;
}
