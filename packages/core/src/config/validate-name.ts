import type { Problem } from '../errors/index.ts';

const MAX_NAME = 128;

/**
 * What is wrong with the name of a VM or of a namespace; empty when nothing is. Names become folders: checked before anything else is
 * done with them. `path` is the field that the problems name.
 */
export function validateName(name: unknown, path: string): readonly Problem[] {
  return nameRules(name, path).map((message) => ({ path, message }));
}

function nameRules(name: unknown, path: string): readonly string[] {
  const what = path === 'name' ? 'VM name' : path;
  if (typeof name !== 'string') return [`${what} must be text`];
  if (name === '') return [`${what} must not be empty`];
  const broken: string[] = [];
  if (name.length > MAX_NAME) broken.push(`${what} must be ${MAX_NAME} characters or fewer, this has ${name.length}`);
  if (!/^[A-Za-z0-9._-]*$/.test(name)) {
    broken.push(`${what} must contain only alphanumeric characters, hyphens, underscores, and dots`);
  }
  if (name.startsWith('.') || name.startsWith('-')) broken.push(`${what} must not start with '.' or '-'`);
  return broken;
}
