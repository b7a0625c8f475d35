import type { Logger, Machine } from '../../contract/index.ts';
import { isVmError, VmError } from '../../errors/index.ts';
import { checkIdentity } from '../../process/index.ts';
import { raceAbort } from '../../util/abort.ts';
import { linkAborts } from '../../util/linked-abort.ts';
import { VmHome } from '../home/vm-home.ts';
import type { Roots } from '../options/roots.ts';
import { bounded } from '../runtime/give-up.ts';
import { driverContext } from '../runtime/launch.ts';
import type { VmRuntime } from '../runtime/vm-runtime.ts';
import { endOfUnattended } from './unattended-end.ts';

/** Where and how to look for a VM. */
export interface AdoptOptions {
  readonly roots: Roots;
  readonly logger: Logger;
  readonly signal: AbortSignal | undefined;
}

/**
 * Takes a VM back whose controller has ended: a living one with its full function, the remains of a dead one for good.
 * Afterwards the runtime is in the VM's true state. Returns false when there is nothing to take any more, because the VM was ended
 * or removed a moment ago. Throws `ALREADY_EXISTS`, `STATE_FAILED` when it cannot be found out whether the VM lives, `ABORTED`,
 * `HYPERVISOR` and what else the driver throws; the VM is left as it is then, and the runtime has let go of it.
 */
export async function adopt(runtime: VmRuntime, options: AdoptOptions): Promise<boolean> {
  const gate = linkAborts(options.signal, runtime.killed.signal);
  let taking: Promise<Machine> | undefined;
  try {
    gate.signal.throwIfAborted();
    const home = await VmHome.claim(options.roots, runtime.key, options.logger);
    runtime.hold(home);
    // Its last controller may have written the end down, or removed it, since the record was read.
    if (home.record === null || home.record.ended !== null) {
      await runtime.detach();
      return false;
    }
    // An attached VM is not anybody's to take: it is ending with its controller, and what has not ended yet is ended.
    const alive = home.record.lifetime === 'detached' && (await lives(home));
    await runtime.watch();
    if (!alive) {
      await endAsFound(runtime);
      return true;
    }
    await dropPartialSnapshots(runtime, home);
    const context = await driverContext(runtime, gate.signal);
    const { spec, process, control } = home.knownRecord;
    const helpers = await home.helpers();
    taking = runtime.driver.adopt({ spec, process, helpers, control }, context);
    const machine = await raceAbort(taking, gate.signal);
    const state = await raceAbort(machine.state({ signal: gate.signal }), gate.signal);
    gate.signal.throwIfAborted();
    await runtime.takeMachine(machine, state === 'paused' ? 'paused' : 'running');
    return true;
  } catch (error) {
    if (taking !== undefined && runtime.machineOrNull === null) letGoOf(runtime, taking);
    if (taking !== undefined && (await hasEnded(runtime))) {
      await endAsFound(runtime);
      return true;
    }
    // The VM lives on; only this controller could not take it.
    await runtime.detach();
    throw adoptError(runtime, error, gate.signal);
  } finally {
    gate.dispose();
  }
}

/** Nobody goes on with a snapshot whose controller is gone. One that cannot be removed stays written down and is no reason to leave the VM. */
async function dropPartialSnapshots(runtime: VmRuntime, home: VmHome): Promise<void> {
  for (const { message } of await home.releaseResources('partial-snapshot')) {
    runtime.warn(`a snapshot that was not completed cannot be removed: ${message}`);
  }
}

async function lives(home: VmHome): Promise<boolean> {
  const { process } = home.knownRecord;
  const life = process === null ? 'gone' : await checkIdentity(process);
  if (typeof life === 'string') return life === 'alive';
  throw new VmError('STATE_FAILED', {
    vm: home.key.name,
    detail: `whether VMM process ${process?.pid} still lives cannot be told: ${life.unknown}`,
    details: {},
  });
}

/** Whether a VM that lived a moment ago is gone for certain. */
async function hasEnded(runtime: VmRuntime): Promise<boolean> {
  const { process } = runtime.home.knownRecord;
  return process !== null && (await checkIdentity(process)) === 'gone';
}

async function endAsFound(runtime: VmRuntime): Promise<void> {
  await runtime.end(await endOfUnattended(runtime.home, new Date(runtime.clock.now()).toISOString()));
}

/** Lets go of a machine that was or will be taken in vain. */
function letGoOf(runtime: VmRuntime, taking: Promise<Machine>): void {
  taking.then(
    (machine) =>
      bounded(machine.detach(), runtime.clock).catch((error: unknown) =>
        runtime.warn('the control connection cannot be closed', error),
      ),
    () => undefined, // The failure is being reported already.
  );
}

function adoptError(runtime: VmRuntime, error: unknown, gate: AbortSignal): unknown {
  const vm = runtime.key.name;
  const driver = runtime.driver.id;
  if (gate.aborted) return notTaken(vm, gate.reason);
  if (isVmError(error) && error.code !== 'HYPERVISOR') return error;
  const said = error instanceof Error ? error.message : String(error);
  const detail = `'${vm}' cannot be taken back and is left as it is: ${said}; if it stays so, remove('${vm}', { force: true }) ends it`;
  return new VmError('HYPERVISOR', { vm, driver, detail, details: { operation: 'adopt' }, cause: error });
}

/** An `ABORTED` of a caller that does not wait for a VM to be taken back any longer. */
export function notTaken(vm: string, cause: unknown): VmError<'ABORTED'> {
  const detail = 'taking it back was given up; it is left as it is';
  return new VmError('ABORTED', { vm, detail, details: { operation: 'adopt' }, cause });
}
