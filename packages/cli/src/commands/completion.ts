import { discoverDrivers } from '@vmrs/core';
import { Argument, type Command } from 'commander';
import { complete, type Names } from '../completion/candidates.ts';
import { completionScript, HOW_TO, SHELLS, type Shell } from '../completion/scripts.ts';
import { applicationFolder } from '../session/application.ts';
import type { Cli } from '../session/cli.ts';
import { type GlobalOptions, globalOptionsOf, namespaceOf } from '../session/global-options.ts';
import { openToLook } from '../session/open-manager.ts';
import { type CommandMaker, command } from './command.ts';

/** `vmrs completion`. */
export const completionCommand: CommandMaker = (cli) => {
  const made = command('completion', 'print the completion script of a shell: commands, flags, VM names');
  made.addArgument(new Argument('<shell>', 'your shell').choices([...SHELLS]));
  made.addHelpText(
    'after',
    `\nTo switch it on:\n${SHELLS.map((shell) => `  ${shell.padEnd(5)} ${HOW_TO[shell]}`).join('\n')}`,
  );
  made.action((shell: Shell) => {
    cli.screen.print(completionScript(shell).trimEnd());
  });
  return made;
};

/** `vmrs __complete`: what the scripts ask. Says nothing rather than anything wrong. */
export const completeCommand: CommandMaker = (cli) => {
  const made = command('__complete', 'what completion scripts ask').argument('[words...]');
  made.action(async (words: readonly string[], _: unknown, self: Command) => {
    const program = self.parent;
    if (program === null) return;
    const { candidates, files } = await complete(program, words, namesOf(cli, globalOptionsOf(self)));
    cli.screen.print([files, ...candidates.map(({ word, means }) => `${word}\t${means}`)].join('\n'));
  });
  return made;
};

function namesOf(cli: Cli, options: GlobalOptions): Names {
  return {
    vms: async () => {
      await using vms = await openToLook(cli, options);
      return (await vms.list()).filter(({ namespace }) => namespace === namespaceOf(options)).map(({ name }) => name);
    },
    drivers: async () => {
      const { drivers } = await discoverDrivers({ from: await applicationFolder(options.from, cli.cwd) });
      return drivers.map(({ manifest }) => manifest.id);
    },
  };
}
