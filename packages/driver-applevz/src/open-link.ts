import type { DriverContext, VmProcess } from '@vmrs/core/driver';
import { whileStarting } from '@vmrs/driver-kit';
import { connectHost } from './control/host-client.ts';
import type { HostLink } from './control/protocol.ts';
import { unsupported } from './errors.ts';
import { EventRelay } from './event-relay.ts';
import { openInProcess } from './host/in-process.ts';
import { launchCommand } from './launch-command.ts';
import type { Mac } from './mac/mac.ts';
import type { ResolvedOptions } from './options.ts';
import type { Preparation } from './prepare.ts';
import { hostSockets } from './sockets.ts';
import { STARTING } from './starting.ts';

/** Someone who can make a machine: a host process, or this process. */
export interface OpenLink {
  readonly link: HostLink;
  readonly events: EventRelay;
  /** Null where machines live in this process. */
  readonly process: VmProcess | null;
}

/** Starts a host process and connects to it, or opens the like in this process. On failure nothing stays behind. Throws `HYPERVISOR`, `UNSUPPORTED`, or the signal's reason. */
export async function openLink(
  preparation: Pick<Preparation, 'executable' | 'plan'>,
  context: DriverContext,
  mac: Mac,
  options: Pick<ResolvedOptions, 'addon' | 'startTimeoutMs'>,
): Promise<OpenLink> {
  const { executable, plan } = preparation;
  const sockets = hostSockets(context.paths);
  const events = new EventRelay();
  if (executable === null) {
    if (context.lifetime !== 'attached') throw attachedOnly(context.vm.name);
    return { link: await openInProcess(mac.addon(), sockets.vsock, events.deliver), events, process: null };
  }
  const process = await context.processes.spawn(launchCommand(executable, sockets, options.addon, plan.fds));
  try {
    const link = await whileStarting(STARTING, process, options.startTimeoutMs, context, (signal) =>
      connectHost(sockets.control, { ...context, signal }, events.deliver),
    );
    return { link, events, process };
  } catch (error) {
    await process.kill();
    throw error;
  }
}

function attachedOnly(vm: string): Error {
  const advice = "a machine in this process ends with it; boot it with lifetime 'attached', or leave mode at 'process'";
  return unsupported(vm, 'detached', 'lifetime', advice);
}
