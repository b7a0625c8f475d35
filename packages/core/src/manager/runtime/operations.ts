import { isVmError, VmError } from '../../errors/index.ts';
import { isRunning } from '../../state/index.ts';
import type { JsonObject } from '../../util/json.ts';
import { linkAborts } from '../../util/linked-abort.ts';
import { checkSignal } from '../options/check-options.ts';
import { heeding } from './give-up.ts';
import type { VmRuntime } from './vm-runtime.ts';

/**
 * Runs one operation on a living VM in its turn. Gives up when the caller aborts and when the VM is killed, ends or is let go of
 * meanwhile; a driver that does not heed that is left behind. Failures leave as errors of this framework with their cause.
 */
export async function operate<T>(
  runtime: VmRuntime,
  operation: string,
  callers: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { name } = runtime.key;
  checkSignal({ signal: callers });
  return runtime.queue.run(async () => {
    const { killed } = runtime;
    const { over } = runtime.life;
    const gate = linkAborts(callers, killed.signal, over);
    try {
      gate.signal.throwIfAborted();
      return await heeding(work(gate.signal), gate.signal, runtime.clock);
    } catch (error) {
      if (isVmError(error, 'INVALID_STATE')) throw error;
      if (killed.signal.aborted || over.aborted) throw runtime.invalidState(operation, error);
      if (callers?.aborted === true) {
        throw new VmError('ABORTED', {
          vm: name,
          detail: `${operation} was given up`,
          details: { operation },
          cause: callers.reason,
        });
      }
      if (isVmError(error)) throw error;
      const detail = `${operation} of '${name}' failed: ${error instanceof Error ? error.message : String(error)}`;
      throw new VmError('HYPERVISOR', {
        vm: name,
        driver: runtime.driver.id,
        detail,
        details: { operation },
        cause: error,
      });
    } finally {
      gate.dispose();
    }
  });
}

/** Suspends the vCPUs of a running guest. */
export function pause(runtime: VmRuntime, signal: AbortSignal | undefined): Promise<void> {
  return operate(runtime, 'pause', signal, async (gate) => {
    if (!isRunning(runtime.cell.current)) throw runtime.invalidState('pause');
    const { machine } = runtime;
    if (!runtime.driver.capabilities.pause || machine.pause === undefined) throw unsupported(runtime, 'pause');
    await machine.pause({ signal: gate });
    if (isRunning(runtime.cell.current)) runtime.become({ status: 'paused' });
  });
}

/** Lets the vCPUs of a paused guest go on. */
export function resume(runtime: VmRuntime, signal: AbortSignal | undefined): Promise<void> {
  return operate(runtime, 'resume', signal, async (gate) => {
    if (runtime.cell.current.status !== 'paused') throw runtime.invalidState('resume');
    const { machine } = runtime;
    if (!runtime.driver.capabilities.pause || machine.resume === undefined) throw unsupported(runtime, 'resume');
    await machine.resume({ signal: gate });
    if (runtime.cell.current.status === 'paused') runtime.become(runtime.awakeState());
  });
}

/** Has the hypervisor do something beyond the contract; see `Machine.operate`. */
export function operateMachine(
  runtime: VmRuntime,
  name: string,
  args: JsonObject,
  signal: AbortSignal | undefined,
): Promise<JsonObject> {
  return operate(runtime, name, signal, async (gate) => {
    const { status } = runtime.cell.current;
    if (!isRunning(runtime.cell.current) && status !== 'paused') throw runtime.invalidState(name);
    const { machine, driver } = runtime;
    const known = driver.operations ?? [];
    if (!driver.capabilities.operations || machine.operate === undefined) throw unsupported(runtime, 'operations');
    if (!known.includes(name)) throw unknownOperation(runtime, name, known);
    return machine.operate(name, args, { signal: gate });
  });
}

function unknownOperation(runtime: VmRuntime, name: string, known: readonly string[]): VmError<'UNSUPPORTED'> {
  const { id } = runtime.driver;
  const message = `driver '${id}' has no operation '${name}'; it has ${known.join(', ')}`;
  const details = { capabilities: ['operations'], problems: [{ path: name, message }] };
  return new VmError('UNSUPPORTED', { vm: runtime.key.name, driver: id, detail: message, details });
}

/** The refusal of an operation that the driver does not have. */
export function unsupported(runtime: VmRuntime, capability: string): VmError<'UNSUPPORTED'> {
  const { id } = runtime.driver;
  const detail = `${capability} is not supported by driver '${id}' for VM '${runtime.key.name}'`;
  return new VmError('UNSUPPORTED', {
    vm: runtime.key.name,
    driver: id,
    detail,
    details: { capabilities: [capability], problems: [{ path: capability, message: detail }] },
  });
}
