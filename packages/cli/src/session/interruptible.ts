import { EXIT } from '../errors/exit-codes.ts';
import { failureOf } from '../errors/failure.ts';
import { Interrupts } from '../io/interrupts.ts';
import { Progress } from '../io/progress.ts';
import type { Cli } from './cli.ts';

/** What ends a work that was interrupted. */
const GIVEN_UP: readonly string[] = ['ABORTED', 'GUEST'];

/** Does a work that shows its progress and that Ctrl-C gives up, with the exit code for that. */
export async function interruptible(
  cli: Cli,
  work: (interrupts: Interrupts, progress: Progress) => Promise<void>,
): Promise<void> {
  using interrupts = new Interrupts();
  using progress = new Progress(cli.screen);
  try {
    await work(interrupts, progress);
  } catch (error) {
    if (interrupts.first === null || !GIVEN_UP.includes(failureOf(error).code)) throw error;
    progress.done('given up; nothing was left behind', 'warning');
    cli.exitCode = interrupts.first === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
  }
}
