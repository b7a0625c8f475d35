import { appendFileSync } from 'node:fs';
import type { DriverContext, VmProcess } from '@vmrs/core/driver';
import { whileStarting } from '@vmrs/driver-kit';
import { connectHost } from './control/host-client.ts';
import type { HostLink } from './control/protocol.ts';
import { unsupported } from './errors.ts';
import { EventRelay } from './event-relay.ts';
import { InProcessHost } from './host/in-process-host.ts';
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
  /** Ends the host and its machine by force; resolves when both are gone. Idempotent. */
  kill(): Promise<void>;
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
  const vm = context.vm.name;
  if (executable === null) {
    if (context.lifetime !== 'attached') throw attachedOnly(vm);
    const parts = {
      addon: mac.addon(),
      vm,
      vsockSocket: sockets.vsock,
      onEvent: events.deliver,
      note: noteOf(context),
    };
    const link = new InProcessHost(parts);
    return { link, events, process: null, kill: () => link.kill() };
  }
  const process = await context.processes.spawn(launchCommand(executable, sockets, options.addon, plan.fds));
  try {
    const link = await whileStarting(STARTING, process, options.startTimeoutMs, context, (signal) =>
      connectHost(sockets.control, { vm, signal, clock: context.clock }, events.deliver),
    );
    return { link, events, process, kill: () => process.kill() };
  } catch (error) {
    await process.kill();
    throw error;
  }
}

function attachedOnly(vm: string): Error {
  const advice = "a machine in this process ends with it; boot it with lifetime 'attached', or leave mode at 'process'";
  return unsupported(vm, 'detached', 'lifetime', advice);
}

/** Writes where a host process writes its words. */
function noteOf({ paths, logger }: Pick<DriverContext, 'paths' | 'logger'>): (line: string) => void {
  return (line) => {
    try {
      appendFileSync(paths.vmmLog, `${line}\n`, { mode: 0o600 });
    } catch (error) {
      logger.warn({ event: 'applevz.log', err: error }, line);
    }
  };
}
