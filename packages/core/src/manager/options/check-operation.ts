import { jsonProblems } from '../../util/json-problems.ts';
import { shown } from './check-options.ts';

/** Refuses what cannot be asked of a hypervisor in any state. Throws `TypeError`. */
export function checkOperation(name: unknown, args: unknown): void {
  if (typeof name !== 'string' || name === '')
    throw new TypeError(`operate(): name must be a text, got ${shown(name)}`);
  if (typeof args !== 'object' || args === null || Array.isArray(args)) {
    throw new TypeError(`operate(): args must be an object, got ${shown(args)}`);
  }
  const [problem] = jsonProblems(args);
  if (problem === undefined) return;
  throw new TypeError(`operate(): args${problem.path.map((key) => `.${key}`).join('')} ${problem.message}`);
}
