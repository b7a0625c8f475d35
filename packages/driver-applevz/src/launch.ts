import type { BootSpec, DriverContext } from '@vmrs/core/driver';
import { consoleWarning, whileStarting } from '@vmrs/driver-kit';
import { CONSOLE } from './config/plan-machine.ts';
import type { HostLink } from './control/protocol.ts';
import { type ControlData, toControl } from './control-data.ts';
import type { Mac } from './mac/mac.ts';
import { AppleVzMachine } from './machine.ts';
import { openLink } from './open-link.ts';
import { optionsOf, type ResolvedOptions } from './options.ts';
import type { Preparation } from './prepare.ts';
import { STARTING } from './starting.ts';

/** How a machine that was made comes to run. */
export interface Beginning {
  /** Milliseconds that it may take. */
  readonly deadlineMs: number;
  begin(link: HostLink, signal: AbortSignal): Promise<void>;
}

/**
 * Makes a machine in a host of its own and has it begin. One host per attempt. On failure, and when the context's signal is aborted, everything that was started is
 * ended before this rejects. Throws `HYPERVISOR`, or the signal's reason.
 */
export async function launch(
  spec: BootSpec,
  context: DriverContext,
  preparation: Preparation,
  mac: Mac,
  options: ResolvedOptions,
  { deadlineMs, begin }: Beginning,
): Promise<AppleVzMachine> {
  const { plan, executable } = preparation;
  const warning = plan.machine.boot.kind === 'linux' ? consoleWarning(spec.cmdline, CONSOLE) : null;
  if (warning !== null) context.logger.warn({ event: 'applevz.console' }, warning);
  const known: ControlData = {
    executable: executable?.path ?? process.execPath,
    machineId: plan.machine.machineId,
    macs: plan.macs,
  };
  await context.remember(toControl(known));
  const { link, events, process: host, kill } = await openLink(preparation, context, mac, options);
  const started = host ?? { exited: link.closed.then(() => ({ code: null, signal: null, known: false })) };
  try {
    const { machineId } = await whileStarting(STARTING, started, options.startTimeoutMs, context, (signal) =>
      link.call('create', { spec: plan.machine }, { signal }),
    );
    const control = { ...known, machineId };
    await context.remember(toControl(control));
    await whileStarting(STARTING, started, deadlineMs, context, (signal) => begin(link, signal));
    const vmOptions = optionsOf(spec, options);
    return new AppleVzMachine({ spec, context, process: host, link, events, control, vmOptions, kill });
  } catch (error) {
    link.close();
    await kill();
    throw error;
  }
}

/** A boot. */
export function bootBeginning({ startTimeoutMs }: ResolvedOptions): Beginning {
  return {
    deadlineMs: startTimeoutMs,
    async begin(link, signal) {
      await link.call('start', {}, { signal });
    },
  };
}
