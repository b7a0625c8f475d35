import type { VmRequest } from '../config/vm-request.ts';
import { UsageError } from '../errors/usage-error.ts';
import { AttendedVm } from './attended-vm.ts';
import type { Cli } from './cli.ts';
import { interruptible } from './interruptible.ts';
import { openForRequest } from './open-manager.ts';
import type { RunOptions } from './run-options.ts';
import { startVm } from './start-vm.ts';

/** Boots what was asked for, and, unless it is to be left running, stays with it until it has ended. Sets the exit code. */
export async function runVm(cli: Cli, options: RunOptions, request: VmRequest): Promise<void> {
  const { guest } = request.extras;
  const { keep = request.extras.keep, lifetime = request.extras.lifetime } = options;
  if (options.detach === true) refuseForDetached(cli, options, keep !== undefined, lifetime === 'attached');
  await interruptible(cli, async (interrupts, progress) => {
    progress.stage('looking for a driver');
    const { signal } = interrupts;
    await using vms = await openForRequest(cli, options, request, { signal, ...(keep === undefined ? {} : { keep }) });
    progress.stage(`driver: ${vms.driver.id}`);
    const since = performance.now();
    const vm = await startVm(request, { vms, progress, signal, ...(lifetime === undefined ? {} : { lifetime }) });
    const command = guest?.command !== undefined;
    if (command && options.detach === true)
      cli.screen.note(`its command goes on in the guest: vmrs logs -f ${vm.name}`);
    const how = { options, interrupts, progress, since, command, guest: guest !== undefined };
    await new AttendedVm(cli, vms, vm, how).toItsEnd();
  });
}

/** What cannot be had of a VM that is left to itself: it must not be ignored in silence. */
function refuseForDetached(cli: Cli, options: RunOptions, keep: boolean, attached: boolean): void {
  const whoever = 'what is kept is for whoever sees the VM end, such as vmrs stop --keep never';
  if (options.keep !== undefined) throw new UsageError(`--rm and --keep have no place beside --detach: ${whoever}`);
  if (attached) throw new UsageError('lifetime attached and --detach exclude each other: the VM would end at once');
  if (keep) cli.screen.note(`'keep' of the file is not heeded with --detach: ${whoever}`);
}
