import { Command } from 'commander';
import type { Cli } from '../session/cli.ts';
import { type GlobalOptions, globalOptionsOf } from '../session/global-options.ts';

/** Makes one command of `vmrs`. */
export type CommandMaker = (cli: Cli) => Command;

/** The options of a command, the global ones among them, as parsed. */
export function optionsOf<T>(command: Command): T & GlobalOptions {
  return globalOptionsOf(command) as T & GlobalOptions;
}

/** A command with the given name and summary; `examples` stand below its help. */
export function command(name: string, summary: string, examples: readonly string[] = []): Command {
  const made = new Command(name).description(summary);
  if (examples.length > 0)
    made.addHelpText('after', `\nExamples:\n${examples.map((line) => `  $ ${line}`).join('\n')}`);
  return made;
}
