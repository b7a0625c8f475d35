import { type BootSpec, type DriverContext, deferred, type Machine, type MachineRecord } from '@vmrs/core/driver';
import { PanicWatch, servesShare, takeBackSidecars } from '@vmrs/driver-kit';
import { openAnyMonitor } from './control/monitors.ts';
import type { QmpConnection } from './control/qmp-connection.ts';
import { fromControl } from './control-data.ts';
import { hypervisorError } from './errors.ts';
import { QemuMachine } from './machine.ts';

/**
 * Takes a living QEMU back by its process identity and one of its monitors, and its helpers with it: when one of them has died, or dies, the
 * VM ends with that reason. Throws `STALE_PROCESS` or `HYPERVISOR`.
 */
export async function adoptMachine(record: MachineRecord, context: DriverContext): Promise<Machine> {
  const { spec } = record;
  const control = fromControl(record.control);
  if (record.process === null || control === null) {
    throw hypervisorError('adopt', 'its record does not tell how it was started', { vm: spec.name });
  }
  const disconnected = deferred<void>();
  const process = await context.processes.attach('vmm', record.process, disconnected.promise);
  let monitor: QmpConnection | undefined;
  try {
    const opened = await openAnyMonitor(context.paths.runtimeDir, context.signal);
    monitor = opened;
    const serves = (role: string): string => servedBy(role, spec);
    const sidecars = await takeBackSidecars(record.helpers, serves, disconnected.promise, context);
    const panics = await PanicWatch.begin(context.paths.serialLog);
    void opened.closed.then(() => disconnected.resolve());
    return new QemuMachine({ spec, context, process, monitor: opened, control, panics, sidecars });
  } catch (error) {
    // QEMU has but two, and each serves one client at a time.
    monitor?.close();
    process.release();
    throw error;
  }
}

/** What the VM loses with a helper, by the role that it was started with. */
function servedBy(role: string, { sharedDirs }: BootSpec): string {
  const share = sharedDirs[Number(/^virtiofsd-(\d+)$/.exec(role)?.[1])];
  return share === undefined ? role : servesShare(share.tag);
}
