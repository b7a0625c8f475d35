import { join } from 'node:path';
import type { BootSpec, DriverContext, Machine } from '@vmrs/core/driver';
import { hypervisorError, whileStarting } from '@vmrs/driver-kit';
import { commandLine } from './config/command-line.ts';
import { ControlClient } from './control/control-client.ts';
import { DRIVER } from './errors.ts';
import { LastWords } from './last-words.ts';
import { AcmevisorMachine } from './machine.ts';
import type { ResolvedOptions } from './options.ts';
import { locate } from './probe.ts';

/**
 * Starts a VM. Resolves when the hypervisor executes it. On failure, and when the context's signal is aborted, what was started is ended
 * before this rejects. Throws `HYPERVISOR`, or the signal's reason.
 */
export async function startMachine(
  spec: BootSpec,
  context: DriverContext,
  { command, startTimeoutMs, answerTimeoutMs }: ResolvedOptions,
): Promise<Machine> {
  const { paths, processes, signal, vm } = context;
  const [program, ...first] = command;
  const file = await locate(program);
  if (file === null) throw hypervisorError(DRIVER, 'start', `there is no program '${program}'`, { vm: vm.name });
  const socket = join(paths.runtimeDir, 'control.sock');
  // Before the process is there: whoever takes the VM back later must find its socket.
  await context.remember({ socket });
  signal.throwIfAborted();
  const vmm = await processes.spawn({ role: 'vmm', file, args: [...first, ...commandLine(spec, socket)] });
  let control: ControlClient | null = null;
  try {
    const lastWords = new LastWords(context);
    const { onEvent } = lastWords;
    const starting = { driver: DRIVER, vmm: 'Acmevisor' };
    control = await whileStarting(starting, vmm, startTimeoutMs, context, (bound) =>
      ControlClient.open(socket, bound, { answerTimeoutMs, onEvent }),
    );
    signal.throwIfAborted();
    return new AcmevisorMachine(vmm, control, lastWords, context.clock);
  } catch (error) {
    control?.close();
    await vmm.kill();
    throw error;
  }
}
