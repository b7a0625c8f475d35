import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { BootSpec, DriverContext, VmProcess } from '@vmrs/core/driver';
import { consoleWarning, PanicWatch, whileStarting } from '@vmrs/driver-kit';
import { consoleOf } from './config/console.ts';
import type { ApiClient } from './control/api-client.ts';
import { openApi } from './control/control-socket.ts';
import { EventFile } from './control/event-file.ts';
import { toControl } from './control-data.ts';
import { hypervisorError } from './errors.ts';
import type { ChHost } from './host/host.ts';
import { VIEW_FOLDER } from './isolation/private-mounts.ts';
import { launchCommand } from './launch-command.ts';
import { CloudHvMachine } from './machine.ts';
import type { ResolvedOptions } from './options.ts';
import type { Preparation } from './prepare.ts';
import { ShareDaemons } from './sidecars/share-daemons.ts';
import { STARTING } from './starting.ts';

/** How a fresh VMM gets its VM. */
export interface Beginning {
  /** Milliseconds that it may take. */
  readonly deadlineMs: number;
  /** Has the VMM make and start the VM. */
  begin(api: ApiClient, signal: AbortSignal): Promise<void>;
}

/**
 * Starts Cloud Hypervisor and its helpers and has it begin the VM. One process per attempt: a VMM in which something failed is of no further use. On failure, and when the
 * context's signal is aborted, everything that was started is ended before this rejects. Throws `HYPERVISOR`, or the signal's reason.
 */
export async function launch(
  spec: BootSpec,
  context: DriverContext,
  preparation: Preparation,
  host: ChHost,
  options: ResolvedOptions,
  beginning: Beginning,
): Promise<CloudHvMachine> {
  const { plan, control, helpers, binary, vmOptions } = preparation;
  const { paths, processes, clock, signal, logger } = context;
  const warning =
    plan.config.payload.kernel === undefined ? null : consoleWarning(spec.cmdline, consoleOf(globalThis.process.arch));
  if (warning !== null) logger.warn({ event: 'cloudhv.console' }, warning);
  await context.remember(toControl(control));
  if (plan.view.mountPoint !== null) await mkdir(join(paths.runtimeDir, VIEW_FOLDER), { mode: 0o700 });
  const daemonOptions = { virtiofsd: helpers.virtiofsd, sandbox: options.virtiofsdSandbox };
  const daemons = await ShareDaemons.start(spec.sharedDirs, daemonOptions, context);
  let process: VmProcess | undefined;
  let api: ApiClient | undefined;
  let events: EventFile | undefined;
  try {
    signal.throwIfAborted();
    const started = await processes.spawn(
      launchCommand(binary.path, spec, vmOptions, { view: plan.view, helpers, paths }),
    );
    process = started;
    const { startTimeoutMs } = options;
    const client = await whileStarting(STARTING, started, startTimeoutMs, context, (bound) =>
      openApi(paths.runtimeDir, clock, bound),
    );
    api = client;
    ({ file: events } = await EventFile.open(paths.runtimeDir, logger));
    const panics = await PanicWatch.begin(paths.serialLog);
    await whileStarting(STARTING, started, beginning.deadlineMs, context, (bound) => beginning.begin(client, bound));
    logger.debug({ event: 'cloudhv.started', version: binary.version.text }, 'Cloud Hypervisor runs the VM');
    const letGo = (): void => undefined;
    return new CloudHvMachine({ spec, context, process, api, events, control, panics, daemons, host, options, letGo });
  } catch (error) {
    api?.close();
    events?.close();
    await process?.kill();
    await daemons.kill();
    throw error;
  }
}

/** A boot: the VM is described, then started, and must run then. */
export function bootBeginning({ plan }: Preparation, { bootTimeoutMs }: ResolvedOptions): Beginning {
  return {
    deadlineMs: bootTimeoutMs,
    async begin(api, signal) {
      const bound = { signal, deadlineMs: null };
      await api.put('vm.create', plan.config, bound);
      await api.put('vm.boot', undefined, bound);
      const { state } = await api.info(bound);
      if (state !== 'Running')
        throw hypervisorError('vm.boot', `Cloud Hypervisor says that the VM is ${state} after its boot`);
    },
  };
}
