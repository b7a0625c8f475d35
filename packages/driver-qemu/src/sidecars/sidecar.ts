import { type DriverContext, linkAborts, type ProcessCommand, raceAbort, type VmProcess } from '@vmrs/core/driver';
import { hypervisorError } from '../errors.ts';
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
  { processes, signal, clock, vm }: DriverContext,
): Promise<Sidecar> {
  const process = await processes.spawn(command);
  const wait = linkAborts(signal);
  const fail = (detail: string): void => wait.abort(hypervisorError('sidecar', detail, { vm: vm.name }));
  process.exited.then(({ code, signal: by }) =>
    fail(`${command.role} (${serves}) ended with ${by ?? `code ${code}`} before it listened; see ${command.role}.log`),
  );
  clock.sleep(START_DEADLINE_MS, wait.signal).then(
    () => fail(`${command.role} (${serves}) did not listen within ${START_DEADLINE_MS} ms; see ${command.role}.log`),
    () => undefined, // The wait was over first.
  );
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
