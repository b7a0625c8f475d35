import type { Problem } from '../errors/index.ts';
import type { BootSpec } from './boot-spec.ts';
import { bootSpecOf } from './boot-spec-of.ts';
import { consistencyProblems } from './consistency.ts';
import { draftOf } from './draft.ts';
import { fileProblems } from './file-problems.ts';

/** Defaults that depend on where VMs are kept. */
export interface ConfigDefaults {
  readonly serialLog: (namespace: string, name: string) => string;
}

/** What {@link checkConfig} found. */
export interface CheckedConfig {
  /** Present when the shape and every value for itself is right, also when there are problems with files or contradictions. */
  readonly spec: BootSpec | null;
  /** Every problem at once; empty when the configuration can be booted as far as core can tell. */
  readonly problems: readonly Problem[];
}

/**
 * Checks a configuration of unknown origin against every rule of core: its shape, each value, contradictions, and the files that it
 * names. Looks at the file system (at the first bytes of a file at most) and writes nothing. What one driver cannot do is not checked here.
 */
export async function checkConfig(input: unknown, defaults: ConfigDefaults): Promise<CheckedConfig> {
  const { parseConfig } = await import('./schema.ts');
  const { config, problems } = parseConfig(input);
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return { spec: null, problems };
  // The sound parts are checked on, so that nobody has to mend one thing to hear of the next.
  const draft = draftOf(input, problems);
  const all = [...problems, ...consistencyProblems(draft), ...(await fileProblems(draft))];
  return { spec: config === null ? null : bootSpecOf(config, defaults.serialLog), problems: all };
}
