import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { failureOf } from './errors/failure.ts';
import { reportFailure } from './errors/report-failure.ts';
import { Screen, type Streams } from './io/screen.ts';
import { makeProgram } from './program.ts';
import type { Cli } from './session/cli.ts';

/** What {@link runCli} works with. */
export interface CliWorld extends Streams {
  /** What comes after the name of the program. */
  readonly args: readonly string[];
  readonly stdin: NodeJS.ReadStream;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** What `--version` says. */
  readonly version: string;
}

/** Runs one command and resolves with the exit code. Never rejects: what goes wrong is told on stderr. */
export async function runCli({ args, stdin, stdout, stderr, cwd, env, version }: CliWorld): Promise<number> {
  const screen = new Screen({ stdout, stderr });
  const cli: Cli = { screen, stdin, cwd, exitCode: 0, consoleShown: false };
  // Errors before any option was read are told in the form that was asked for, too.
  screen.json = args.includes('--json');
  const program = makeProgram(cli, version);
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) {
    command.exitOverride().configureOutput({ writeOut: (text) => stdout.write(text), writeErr: () => undefined });
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (env['VMRS_DEBUG'] !== undefined && env['VMRS_DEBUG'] !== '') screen.complain(inspect(error, { depth: 6 }));
    const failure = failureOf(error);
    if (args.length === 0) {
      // Bare `vmrs`: what there is.
      screen.complain(program.helpInformation());
      return failure.exitCode;
    }
    reportFailure(screen, cli.consoleShown ? { ...failure, console: [] } : failure);
    return failure.exitCode;
  }
}
