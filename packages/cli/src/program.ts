import { Command } from 'commander';
import { completeCommand, completionCommand } from './commands/completion.ts';
import { consoleCommand } from './commands/console.ts';
import { doctorCommand } from './commands/doctor.ts';
import { driversCommand } from './commands/drivers.ts';
import { gcCommand } from './commands/gc.ts';
import { guestCommand } from './commands/guest.ts';
import { inspectCommand } from './commands/inspect.ts';
import { logsCommand } from './commands/logs.ts';
import { lsCommand } from './commands/ls.ts';
import { pauseCommand, resumeCommand } from './commands/pause.ts';
import { planCommand } from './commands/plan.ts';
import { restoreCommand } from './commands/restore.ts';
import { rmCommand } from './commands/rm.ts';
import { runCommand } from './commands/run.ts';
import { snapshotCommand } from './commands/snapshot.ts';
import { killCommand, stopCommand } from './commands/stop.ts';
import { validateCommand } from './commands/validate.ts';
import { waitCommand } from './commands/wait.ts';
import { EXIT_CODES } from './errors/exit-codes.ts';
import type { Cli } from './session/cli.ts';
import { addGlobalOptions, globalOptionsOf } from './session/global-options.ts';

const GROUPS = [
  ['First steps:', [doctorCommand, runCommand, driversCommand]],
  ['Looking:', [lsCommand, inspectCommand, logsCommand, consoleCommand, waitCommand]],
  ['Acting:', [stopCommand, killCommand, pauseCommand, resumeCommand, snapshotCommand, restoreCommand, rmCommand]],
  ['Checking and cleaning:', [planCommand, validateCommand, gcCommand]],
  ['More:', [guestCommand, completionCommand]],
] as const;

/** The program with all its commands. `version`: what `--version` says. */
export function makeProgram(cli: Cli, version: string): Command {
  const program = new Command('vmrs')
    .description('Boot, watch and stop virtual machines.')
    .version(version, '-V, --version', 'version of vmrs')
    .showHelpAfterError('(vmrs --help says what there is)')
    .helpCommand(false);
  addGlobalOptions(program);
  program.hook('preAction', (_, command) => {
    const { json = false, quiet = false, color } = globalOptionsOf(command);
    Object.assign(cli.screen, { json, quiet, plain: !color });
  });
  for (const [title, makers] of GROUPS) {
    program.commandsGroup(title);
    for (const make of makers) add(program, make(cli));
  }
  add(program, completeCommand(cli), { hidden: true });
  program.addHelpText(
    'after',
    () =>
      `\nExit codes:\n${exitCodeLines()}\n\nDrivers are looked for among the dependencies of the application in the working folder.`,
  );
  return program;
}

function add(program: Command, command: Command, options?: { readonly hidden: boolean }): void {
  command.copyInheritedSettings(program);
  for (const inner of command.commands) inner.copyInheritedSettings(program);
  program.addCommand(command, options);
}

function exitCodeLines(): string {
  return EXIT_CODES.map(
    ({ code, name, meaning }) => `  ${String(code).padStart(3)}  ${name.padEnd(17)} ${meaning}`,
  ).join('\n');
}
