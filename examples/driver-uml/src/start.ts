import { join } from 'node:path';
import type { BootSpec, DriverContext, Machine } from '@vmrs/core/driver';
import { hypervisorError, unsupported, whileStarting } from '@vmrs/driver-kit';
import { commandLine, UMID } from './config/command-line.ts';
import { Mconsole } from './control/mconsole.ts';
import { socketAppears } from './control/socket-watch.ts';
import { toControl } from './control-data.ts';
import { DRIVER } from './driver-id.ts';
import { UmlMachine } from './machine.ts';
import type { ResolvedOptions } from './options.ts';

/** Starts a kernel. Resolves when it answers; on failure and when it is given up, it is ended before this rejects. Throws `UNSUPPORTED` for
 * VMs that are to end with their controller, `HYPERVISOR`, or the signal's reason. */
export async function startMachine(spec: BootSpec, context: DriverContext, options: ResolvedOptions): Promise<Machine> {
  const { paths, processes, signal, vm } = context;
  if (spec.kernel === null) throw hypervisorError(DRIVER, 'start', 'there is no kernel', { vm: vm.name });
  if (context.lifetime === 'attached') {
    // The kernel begins with setsid(2), and so leaves the process group by which core ends it together with the controller.
    const why = 'the kernel leaves the group of processes that ends with its controller; boot it detached';
    throw unsupported(DRIVER, vm.name, 'lifetime attached', 'lifetime', why);
  }
  const socket = join(paths.runtimeDir, UMID, 'mconsole');
  await context.remember(toControl({ socket, paused: false }));
  signal.throwIfAborted();
  const kernel = await processes.spawn({
    role: 'vmm',
    file: spec.kernel,
    args: commandLine(spec, paths),
    stdout: paths.serialLog,
  });
  try {
    const mconsole = new Mconsole(socket, options);
    const starting = { driver: DRIVER, vmm: 'the kernel' };
    await whileStarting(starting, kernel, options.startTimeoutMs, context, async (bound) => {
      await socketAppears(socket, paths.runtimeDir, bound);
      await mconsole.say('version', { signal: bound });
    });
    signal.throwIfAborted();
    return new UmlMachine({ kernel, mconsole, socket, context, paused: false });
  } catch (error) {
    await kernel.kill();
    throw error;
  }
}
