import type { z } from 'zod';
import type { Problem } from '../errors/index.ts';
import { didYouMean } from './did-you-mean.ts';

/** The known fields by the kind of place that they stand in; for suggestions only. */
const KNOWN_FIELDS = {
  config: [
    ...[
      'name',
      'namespace',
      'kernel',
      'initramfs',
      'rootDisk',
      'dataDisk',
      'seedIso',
      'cpus',
      'memoryMb',
      'networks',
      'sharedDirs',
    ],
    ...['serialLog', 'cmdline', 'netns', 'vsock', 'machineId', 'efiVariableStore', 'rosetta', 'driverOptions'],
  ],
  networks: ['type', 'name', 'mac', 'fd', 'path', 'ports'],
  ports: ['hostPort', 'guestPort', 'protocol', 'hostAddress'],
  sharedDirs: ['hostPath', 'tag', 'readOnly'],
} as const;

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  // Every number of a configuration is a whole one.
  number: 'a whole number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/** What a finding of zod means to a user: one problem, or one for each unknown field. */
export function issueProblems(issue: z.core.$ZodIssue): readonly Problem[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownField(issue.path, key));
  const path = configPath(issue.path);
  const field = issue.path.at(-1) === undefined ? 'the configuration' : path;
  return [{ path, message: messageOf(issue, field) }];
}

/** `networks[1].mac` */
export function configPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

function messageOf(issue: z.core.$ZodIssue, field: string): string {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return `${field} is required`;
      return `${field} must be ${TYPE_WORDS[issue.expected] ?? issue.expected}, got ${shown(issue.input)}`;
    case 'too_small':
      return `${field} must be at least ${issue.minimum}`;
    case 'too_big':
      return issue.origin === 'array'
        ? `${field} must have at most ${issue.maximum} items`
        : `${field} must be at most ${issue.maximum}`;
    case 'invalid_value':
      return `${field} must be ${oneOf(issue.values)}, got ${shown(issue.input)}`;
    case 'invalid_union':
      // The one union there is: a network, told by its type.
      return `${field} must be ${oneOf(['tap', 'socket', 'nat'])}, got ${shown(typeOf(issue.input))}`;
    default:
      return issue.message;
  }
}

function typeOf(network: unknown): unknown {
  return typeof network === 'object' && network !== null ? Reflect.get(network, 'type') : network;
}

function unknownField(parent: readonly PropertyKey[], key: string): Problem {
  const path = configPath([...parent, key]);
  const list = parent.findLast((part) => typeof part === 'string');
  const known = KNOWN_FIELDS[list === 'networks' || list === 'ports' || list === 'sharedDirs' ? list : 'config'];
  const meant = didYouMean(key, known);
  return { path, message: 'unknown field', ...(meant === null ? {} : { fix: `did you mean '${meant}'?` }) };
}

function oneOf(values: readonly unknown[]): string {
  const words = values.map((value) => `'${String(value)}'`);
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

function shown(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length > 60 ? `text of ${value.length} characters` : JSON.stringify(value);
    case 'number':
    case 'boolean':
      return String(value);
    case 'undefined':
      return 'nothing';
    default:
      return value === null ? 'null' : Array.isArray(value) ? 'a list' : `a value of type ${typeof value}`;
  }
}
