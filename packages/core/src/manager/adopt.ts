import type { Machine } from '../contract/index.ts';
import { VmError } from '../errors/index.ts';
import { checkIdentity } from '../process/index.ts';
import type { VmExit } from '../state/index.ts';
import { driverContext } from './launch.ts';
import type { VmHome } from './vm-home.ts';
import type { VmRuntime } from './vm-runtime.ts';

/**
 * Takes a VM back whose controller has ended: a living one with its full function, the remains of a dead one for good.
 * Afterwards the runtime is in the VM's true state. Throws `STATE_FAILED` when it cannot be found out whether the VM lives;
 * nothing is changed then.
 */
export async function adopt(runtime: VmRuntime, home: VmHome, signal: AbortSignal | undefined): Promise<void> {
  const { process, phase } = home.knownRecord;
  const life = process === null ? 'gone' : await checkIdentity(process);
  if (typeof life === 'object') {
    await home.letGo();
    throw new VmError('STATE_FAILED', {
      vm: home.key.name,
      detail: `whether VMM process ${process?.pid} still lives cannot be told: ${life.unknown}`,
      details: {},
    });
  }
  await runtime.settle(home);
  if (life === 'gone') {
    const reason =
      phase === 'intent'
        ? 'its controller ended while it was being started'
        : 'it ended while no controller was attached to it';
    await runtime.end({ status: 'failed', reason, exit: unknownExit(runtime) });
    return;
  }
  try {
    const context = await driverContext(runtime, signal ?? new AbortController().signal);
    const { spec, control } = home.knownRecord;
    const machine = await runtime.driver.adopt({ spec, process, control }, context);
    await runtime.takeMachine(machine, await livingState(machine));
  } catch (error) {
    // The VM lives on; only this controller could not take it.
    await runtime.detach();
    throw error;
  }
}

async function livingState(machine: Machine): Promise<'running' | 'paused'> {
  return (await machine.state()) === 'paused' ? 'paused' : 'running';
}

function unknownExit(runtime: VmRuntime): VmExit {
  return { how: 'unknown', code: null, signal: null, at: new Date(runtime.clock.now()).toISOString() };
}
