import {
  type DriverContext,
  deferred,
  type Machine,
  type MachineRecord,
  VmError,
  type VmProcess,
} from '@vmrs/core/driver';
import { whileStarting } from '@vmrs/driver-kit';
import { connectHost } from './control/host-client.ts';
import { fromControl } from './control-data.ts';
import { DRIVER, hypervisorError } from './errors.ts';
import { EventRelay } from './event-relay.ts';
import { AppleVzMachine } from './machine.ts';
import { optionsOf, type ResolvedOptions } from './options.ts';
import { hostSockets } from './sockets.ts';
import { STARTING } from './starting.ts';

/** A host that is just starting listens within this time; one that does not after that has lost its socket. */
const LONGEST_START_MS = 5_000;

/** Takes a living host back: its process by identity, its socket, which must belong to that very process. Throws `STALE_PROCESS` or `HYPERVISOR`. */
export async function adoptMachine(
  record: MachineRecord,
  context: DriverContext,
  options: ResolvedOptions,
): Promise<Machine> {
  const { spec, process: identity } = record;
  const control = fromControl(record.control);
  if (identity === null || control === null) {
    throw hypervisorError('adopt', 'its record does not tell how it was started', { vm: spec.name });
  }
  const disconnected = deferred<void>();
  const process = await context.processes.attach('vmm', identity, disconnected.promise);
  const undo: (() => void)[] = [() => process.release()];
  try {
    const events = new EventRelay();
    // Its first controller may have died before it listened.
    const deadlineMs = Math.min(options.startTimeoutMs, LONGEST_START_MS);
    const link = await whileStarting(STARTING, process, deadlineMs, context, (signal) =>
      connectHost(hostSockets(context.paths).control, { vm: spec.name, signal, clock: context.clock }, events.deliver),
    );
    undo.push(() => link.close());
    const { pid, started } = link.hello;
    if (pid !== identity.pid) {
      const detail = `its socket belongs to process ${pid}, and the VM to process ${identity.pid}`;
      throw hypervisorError('adopt', detail, { vm: spec.name });
    }
    if (!started) throw await ended(process);
    void link.closed.then(() => disconnected.resolve());
    return new AppleVzMachine({
      spec,
      context,
      process,
      link,
      events,
      control,
      vmOptions: optionsOf(spec, options),
      kill: () => process.kill(),
    });
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

/** Ends a host without a running machine, of which nothing else can become, and gives the error that says that there is none. */
async function ended(process: VmProcess): Promise<VmError<'STALE_PROCESS'>> {
  await process.kill();
  const detail = 'its controller ended before the VM was started; the host without a VM has been ended';
  return new VmError('STALE_PROCESS', { driver: DRIVER, detail, details: { expected: process.identity, found: null } });
}
