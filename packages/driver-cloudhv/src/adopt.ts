import {
  type DriverContext,
  deferred,
  type Machine,
  type MachineRecord,
  VmError,
  type VmProcess,
} from '@vmrs/core/driver';
import { PanicWatch, whileStarting } from '@vmrs/driver-kit';
import type { ApiClient } from './control/api-client.ts';
import { refusedWith } from './control/api-words.ts';
import { holdLifeline, openApi } from './control/control-socket.ts';
import { EventFile } from './control/event-file.ts';
import { fromControl } from './control-data.ts';
import { DRIVER, hypervisorError } from './errors.ts';
import type { ChHost } from './host/host.ts';
import { CloudHvMachine } from './machine.ts';
import type { ResolvedOptions } from './options.ts';
import { ShareDaemons } from './sidecars/share-daemons.ts';
import { STARTING } from './starting.ts';

/** A VMM that is just starting listens within this time; one that does not after that has lost its socket. */
const LONGEST_START_MS = 5_000;

/**
 * Takes a living Cloud Hypervisor back: its process by identity, its API, which must belong to that very process, its events and its helpers; when one of
 * them has died, or dies, the VM ends with that reason. Throws `STALE_PROCESS` or `HYPERVISOR`.
 */
export async function adoptMachine(
  record: MachineRecord,
  context: DriverContext,
  host: ChHost,
  options: ResolvedOptions,
): Promise<Machine> {
  const { spec, process: identity } = record;
  const { paths, clock, signal, logger, processes } = context;
  const control = fromControl(record.control);
  if (identity === null || control === null) {
    throw hypervisorError('adopt', 'its record does not tell how it was started', { vm: spec.name });
  }
  const disconnected = deferred<void>();
  const process = await processes.attach('vmm', identity, disconnected.promise);
  const undo: (() => void)[] = [() => process.release()];
  try {
    // Its first controller may have died before it listened.
    const startTimeoutMs = Math.min(options.startTimeoutMs, LONGEST_START_MS);
    const api = await whileStarting(STARTING, process, startTimeoutMs, context, (bound) =>
      openApi(paths.runtimeDir, clock, bound),
    );
    undo.push(() => api.close());
    const lifeline = await holdLifeline(paths.runtimeDir, signal);
    undo.push(lifeline.close);
    const { pid } = await api.ping({ signal });
    if (pid !== undefined && pid !== identity.pid) {
      const detail = `its API socket belongs to process ${pid}, and the VM to process ${identity.pid}`;
      throw hypervisorError('adopt', detail, { vm: spec.name });
    }
    if (!(await wasStarted(api, signal))) throw await ended(process);
    const { file: events } = await EventFile.open(paths.runtimeDir, logger);
    undo.push(() => events.close());
    const daemons = await ShareDaemons.takeBack(record, control.shares, disconnected.promise, context);
    undo.push(() => daemons.release());
    const panics = await PanicWatch.begin(paths.serialLog);
    void lifeline.ended.then(() => disconnected.resolve());
    const letGo = lifeline.close;
    return new CloudHvMachine({ spec, context, process, api, events, control, panics, daemons, host, options, letGo });
  } catch (error) {
    for (const step of undo.reverse()) step();
    throw error;
  }
}

/** Whether the VM was ever started: a controller that dies between the start of the VMM and that of the VM leaves a VMM with nothing in it. */
async function wasStarted(api: ApiClient, signal: AbortSignal): Promise<boolean> {
  try {
    const { state } = await api.info({ signal });
    return state !== 'Created';
  } catch (error) {
    if (refusedWith(error, /VM is not created/i)) return false;
    throw error;
  }
}

/** Ends a VMM without a VM, of which nothing else can become, and gives the error that says that there is none. */
async function ended(process: VmProcess): Promise<VmError<'STALE_PROCESS'>> {
  await process.kill();
  const detail = 'its controller ended before the VM was started; the VMM without a VM has been ended';
  return new VmError('STALE_PROCESS', { driver: DRIVER, detail, details: { expected: process.identity, found: null } });
}
