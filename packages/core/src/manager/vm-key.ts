import { validateName } from '../config/index.ts';
import { invalidConfig } from './refusals.ts';

/** What identifies a VM to its user. */
export interface VmKey {
  readonly namespace: string;
  readonly name: string;
}

/** A key of checked names; the namespace defaults to `default`. Throws `INVALID_CONFIG`: names become paths. */
export function checkedKey(name: string, namespace = 'default'): VmKey {
  const problems = [...validateName(name, 'name'), ...validateName(namespace, 'namespace')];
  if (problems.length > 0) throw invalidConfig(problems);
  return { namespace, name };
}

/** The key as one string; `/` is in no name. */
export function idOf(key: VmKey): string {
  return `${key.namespace}/${key.name}`;
}
