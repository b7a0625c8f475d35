import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { messageOf } from '../errors.ts';
import { describeError } from './describe-error.ts';
import { doctor } from './doctor.ts';
import { HELP } from './help.ts';
import { installRosetta } from './install-rosetta.ts';
import { prepare } from './prepare.ts';
import { EXIT, type Terminal } from './terminal.ts';

/** What the words of a command line mean. */
type Order =
  | { readonly do: 'help' | 'version' | 'install-rosetta' }
  | { readonly do: 'prepare'; readonly node: string | undefined; readonly json: boolean }
  | { readonly do: 'doctor'; readonly json: boolean };

/** Runs `vmrs-applevz`. Resolves with the exit code; never rejects. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  let order: Order;
  try {
    order = readOrder(args);
  } catch (error) {
    terminal.err(`${messageOf(error)}\nvmrs-applevz --help tells more\n`);
    return EXIT.usage;
  }
  try {
    return await run(order, terminal);
  } catch (error) {
    terminal.err(describeError(error));
    return EXIT.failed;
  }
}

async function run(order: Order, terminal: Terminal): Promise<number> {
  switch (order.do) {
    case 'help':
      terminal.out(HELP);
      return EXIT.fine;
    case 'version':
      terminal.out(`${version()}\n`);
      return EXIT.fine;
    case 'prepare':
      return prepare(order, terminal);
    case 'doctor':
      return doctor(order, terminal);
    case 'install-rosetta':
      return installRosetta(terminal);
  }
}

function readOrder(args: readonly string[]): Order {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      node: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      version: { type: 'boolean', default: false },
    },
  });
  const { node, json, help } = values;
  if (help) return { do: 'help' };
  if (values.version) return { do: 'version' };
  const [command, ...more] = positionals;
  if (command === undefined) throw new TypeError('a command is missing: prepare, doctor or install-rosetta');
  if (more.length > 0) throw new TypeError(`'${more.join(' ')}' is too much: commands take options only`);
  if (node !== undefined && command !== 'prepare') throw new TypeError(`--node makes no sense for '${command}'`);
  switch (command) {
    case 'prepare':
      if (node === '') throw new TypeError('--node needs a path');
      return { do: 'prepare', node, json };
    case 'doctor':
      return { do: 'doctor', json };
    case 'install-rosetta':
      if (json) throw new TypeError("--json makes no sense for 'install-rosetta'");
      return { do: 'install-rosetta' };
    default:
      throw new TypeError(`there is no command '${command}': prepare, doctor or install-rosetta`);
  }
}

function version(): string {
  const manifest = createRequire(import.meta.url)('@vmrs/driver-applevz/package.json') as { readonly version: string };
  return manifest.version;
}
