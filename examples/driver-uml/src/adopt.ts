import { type DriverContext, isVmError, type Machine, type MachineRecord } from '@vmrs/core/driver';
import { hypervisorError } from '@vmrs/driver-kit';
import { Mconsole } from './control/mconsole.ts';
import { fromControl } from './control-data.ts';
import { DRIVER } from './driver-id.ts';
import { UmlMachine } from './machine.ts';
import type { ResolvedOptions } from './options.ts';

/** Nothing but the process itself tells of its end. */
const NO_HINT: Promise<never> = new Promise(() => undefined);

/** Takes back a living kernel. Throws `STALE_PROCESS` when it is gone, `HYPERVISOR`, or the signal's reason. */
export async function adoptMachine(
  { process, control }: MachineRecord,
  context: DriverContext,
  options: ResolvedOptions,
): Promise<Machine> {
  const known = fromControl(control);
  if (process === null || known === null) {
    const detail = `the record of '${context.vm.name}' does not say where its kernel is`;
    throw hypervisorError(DRIVER, 'adopt', detail, { vm: context.vm.name });
  }
  const kernel = await context.processes.attach('vmm', process, NO_HINT);
  try {
    const { socket, paused } = known;
    const mconsole = new Mconsole(socket, options);
    await settle(mconsole, paused, context.signal);
    return new UmlMachine({ kernel, mconsole, socket, context, paused });
  } catch (error) {
    kernel.release();
    throw error;
  }
}

/**
 * Its controller may have ended between remembering what the kernel is to be and telling it. Telling it again is refused where it is so already, and the refusal is an answer.
 */
async function settle(mconsole: Mconsole, paused: boolean, signal: AbortSignal): Promise<void> {
  try {
    await mconsole.say(paused ? 'stop' : 'go', { signal });
  } catch (error) {
    if (!isVmError(error, 'HYPERVISOR') || error.details.native === undefined) throw error;
  }
}
