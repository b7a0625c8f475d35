import { type DriverContext, deferred, type Machine, type MachineRecord } from '@vmrs/core/driver';
import { hypervisorError } from '@vmrs/driver-kit';
import { ControlClient } from './control/control-client.ts';
import { DRIVER } from './errors.ts';
import { LastWords } from './last-words.ts';
import { AcmevisorMachine } from './machine.ts';
import type { ResolvedOptions } from './options.ts';

/**
 * Takes back a living VM, whose controller has ended, without disturbing its guest. Throws `STALE_PROCESS` when its process is gone,
 * `HYPERVISOR`, or the signal's reason.
 */
export async function adoptMachine(
  { process, control: { socket } }: MachineRecord,
  context: DriverContext,
  { answerTimeoutMs }: ResolvedOptions,
): Promise<Machine> {
  if (process === null || typeof socket !== 'string') {
    const detail = `the record of '${context.vm.name}' does not say where its hypervisor is`;
    throw hypervisorError(DRIVER, 'adopt', detail, { vm: context.vm.name });
  }
  // The end of the connection is a reason to look whether the process has ended.
  const hint = deferred<void>();
  // First the process, then its socket: who listens there counts only when the process is the recorded one.
  const vmm = await context.processes.attach('vmm', process, hint.promise);
  try {
    const lastWords = new LastWords(context);
    const { onEvent } = lastWords;
    const control = await ControlClient.open(socket, context.signal, { answerTimeoutMs, onEvent });
    void control.closed.then(() => hint.resolve());
    return new AcmevisorMachine(vmm, control, lastWords, context.clock);
  } catch (error) {
    vmm.release();
    throw error;
  }
}
