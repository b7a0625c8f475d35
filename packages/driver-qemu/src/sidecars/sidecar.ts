import { type DriverContext, type ProcessCommand, raceAbort, type VmProcess } from '@vmrs/core/driver';
import { hypervisorError } from '../errors.ts';
import { startGate } from '../start-gate.ts';
import { waitListening } from './wait-listening.ts';

/** Time for a helper to begin to listen. */
const START_DEADLINE_MS = 10_000;

/** A helper process of a VM, and what the VM loses with it. */
export interface Sidecar {
  readonly process: VmProcess;
  /** Such as `shared directory 'data'`. */
  readonly serves: string;
}

/**
 * Starts a helper and waits until it listens on `socket`; its death, a deadline and the context's signal end the wait. On failure
 * the helper is ended. Throws `HYPERVISOR`, or the signal's reason.
 */
export async function startSidecar(
  command: ProcessCommand,
  socket: string,
  serves: string,
  context: DriverContext,
): Promise<Sidecar> {
  const { processes, vm } = context;
  const process = await processes.spawn(command);
  const fail = (what: string): Error =>
    hypervisorError('sidecar', `${command.role} (${serves}) ${what} before it listened; see ${command.role}.log`, {
      vm: vm.name,
    });
  const wait = startGate(process, START_DEADLINE_MS, fail, context);
  try {
    await raceAbort(waitListening(socket, wait.signal), wait.signal);
    return { process, serves };
  } catch (error) {
    await process.kill();
    throw error;
  } finally {
    wait.abort(undefined);
    wait.dispose();
  }
}
