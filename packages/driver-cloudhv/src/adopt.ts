import { join } from 'node:path';
import { type DriverContext, deferred, type Machine, type MachineRecord } from '@vmrs/core/driver';
import { PanicWatch } from '@vmrs/driver-kit';
import { ApiClient } from './control/api-client.ts';
import { API_SOCKET, holdLifeline } from './control/control-socket.ts';
import { EventFile } from './control/event-file.ts';
import { fromControl } from './control-data.ts';
import { hypervisorError } from './errors.ts';
import type { ChHost } from './host/host.ts';
import { CloudHvMachine } from './machine.ts';
import type { ResolvedOptions } from './options.ts';
import { ShareDaemons } from './sidecars/share-daemons.ts';

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
    const lifeline = await holdLifeline(paths.runtimeDir, signal);
    undo.push(lifeline.close);
    const api = new ApiClient(join(paths.runtimeDir, API_SOCKET), clock);
    undo.push(() => api.close());
    const { pid } = await api.ping({ signal });
    if (pid !== undefined && pid !== identity.pid) {
      const detail = `its API socket belongs to process ${pid}, and the VM to process ${identity.pid}`;
      throw hypervisorError('adopt', detail, { vm: spec.name });
    }
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
