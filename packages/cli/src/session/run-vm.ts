import type { VmRequest } from '../config/vm-request.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { failureOf } from '../errors/failure.ts';
import { Interrupts } from '../io/interrupts.ts';
import { Progress } from '../io/progress.ts';
import { AttendedVm } from './attended-vm.ts';
import type { Cli } from './cli.ts';
import { openForRequest } from './open-manager.ts';
import type { RunOptions } from './run-options.ts';
import { startVm } from './start-vm.ts';

/** What ends a preparation that was interrupted. */
const GIVEN_UP: readonly string[] = ['ABORTED', 'GUEST'];

/** Boots what was asked for, and, unless it is to be left running, stays with it until it has ended. Sets the exit code. */
export async function runVm(cli: Cli, options: RunOptions, request: VmRequest): Promise<void> {
  using interrupts = new Interrupts();
  using progress = new Progress(cli.screen);
  const { signal } = interrupts;
  const { keep = request.extras.keep, lifetime } = options;
  try {
    progress.stage('looking for a driver');
    await using vms = await openForRequest(cli, options, request, { signal, ...(keep === undefined ? {} : { keep }) });
    progress.stage(`driver: ${vms.driver.id}`);
    const { guest } = request.extras;
    const since = performance.now();
    const vm = await startVm(request, { vms, progress, signal, ...(lifetime === undefined ? {} : { lifetime }) });
    const how = {
      options,
      interrupts,
      progress,
      since,
      command: guest?.command !== undefined,
      guest: guest !== undefined,
    };
    await new AttendedVm(cli, vms, vm, how).toItsEnd();
  } catch (error) {
    if (interrupts.first === null || !GIVEN_UP.includes(failureOf(error).code)) throw error;
    progress.done('given up; nothing was left behind', 'warning');
    cli.exitCode = interrupts.first === 'SIGINT' ? EXIT.interrupted : EXIT.terminated;
  }
}
