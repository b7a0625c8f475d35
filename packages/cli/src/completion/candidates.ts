import type { Argument, Command, Option } from 'commander';

/** What a shell may offer in the place of the last word. */
export interface Completion {
  readonly candidates: readonly Candidate[];
  /** What of the file system it may offer besides. */
  readonly files: 'none' | 'files' | 'folders';
}

/** A word, and what it means. */
export interface Candidate {
  readonly word: string;
  readonly means: string;
}

/** What only a look at the host can tell. */
export interface Names {
  readonly vms: () => Promise<readonly string[]>;
  readonly drivers: () => Promise<readonly string[]>;
}

/** The completions of the last of `words`, which are those after the name of the program. */
export async function complete(program: Command, words: readonly string[], names: Names): Promise<Completion> {
  const last = words.at(-1) ?? '';
  const { command, positionals, pending } = walk(program, words.slice(0, -1));
  const options = command === program ? [...program.options] : [...command.options, ...program.options];
  if (pending !== null) return valuesOf(pending, last, names);
  const [flag, value] = split(last);
  if (value !== null) {
    const option = options.find(({ long }) => long === flag);
    if (option === undefined) return NOTHING;
    const found = await valuesOf(option, value, names);
    return { ...found, candidates: found.candidates.map(({ word, means }) => ({ word: `${flag}=${word}`, means })) };
  }
  if (last.startsWith('-')) {
    const flags = options
      .filter(({ hidden }) => !hidden)
      .flatMap(({ long, description }) => (long ? [{ word: long, means: description }] : []));
    return { candidates: starting(last, [...flags, { word: '--help', means: 'help' }]), files: 'none' };
  }
  const commands = command.commands.filter((one) => !one.name().startsWith('__'));
  if (commands.length > 0) {
    return {
      candidates: starting(
        last,
        commands.map((one) => ({ word: one.name(), means: one.description() })),
      ),
      files: 'none',
    };
  }
  return argumentOf(command.registeredArguments, positionals, last, names);
}

const NOTHING: Completion = { candidates: [], files: 'none' };

interface Place {
  readonly command: Command;
  readonly positionals: number;
  /** The option that waits for its value. */
  readonly pending: Option | null;
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program;
  let positionals = 0;
  let pending: Option | null = null;
  for (const word of words) {
    if (pending !== null) {
      pending = null;
    } else if (word.startsWith('-')) {
      const known = [...command.options, ...program.options].find(({ long, short }) => word === long || word === short);
      pending = known?.required === true ? known : null;
    } else {
      const inner = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
      if (inner === undefined) positionals += 1;
      else command = inner;
    }
  }
  return { command, positionals, pending };
}

async function argumentOf(
  known: readonly Argument[],
  position: number,
  last: string,
  names: Names,
): Promise<Completion> {
  const argument = known[position] ?? (known.at(-1)?.variadic === true ? known.at(-1) : undefined);
  switch (argument?.name()) {
    case 'vm':
      return { candidates: starting(last, plain(await names.vms())), files: 'none' };
    case 'driver':
      return { candidates: starting(last, plain(await names.drivers())), files: 'none' };
    case 'shell':
      return { candidates: starting(last, plain(argument.argChoices ?? [])), files: 'none' };
    case 'file':
      return { candidates: [], files: 'files' };
    case 'folder':
      return { candidates: [], files: 'folders' };
    default:
      return NOTHING;
  }
}

async function valuesOf(option: Option, last: string, names: Names): Promise<Completion> {
  if (option.argChoices !== undefined) return { candidates: starting(last, plain(option.argChoices)), files: 'none' };
  if (option.attributeName() === 'driver')
    return { candidates: starting(last, plain(await names.drivers())), files: 'none' };
  if (option.flags.includes('<file>')) return { candidates: [], files: 'files' };
  return option.flags.includes('<folder') ? { candidates: [], files: 'folders' } : NOTHING;
}

function starting(last: string, all: readonly Candidate[]): readonly Candidate[] {
  return all.filter(({ word }) => word.startsWith(last));
}

function plain(words: readonly string[]): readonly Candidate[] {
  return words.map((word) => ({ word, means: '' }));
}

function split(word: string): [flag: string, value: string | null] {
  const at = word.indexOf('=');
  return word.startsWith('--') && at !== -1 ? [word.slice(0, at), word.slice(at + 1)] : [word, null];
}
