import { type DriverContext, type ProcessCommand, raceAbort, type VmProcess } from '@vmrs/core/driver';
import { hypervisorError } from '../errors.ts';
import { waitListening } from '../sockets/wait-listening.ts';
import { startGate } from '../waiting/start-gate.ts';

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
  { serves, driver }: { readonly serves: string; readonly driver: string },
  context: Pick<DriverContext, 'processes' | 'vm' | 'signal' | 'clock'>,
): Promise<Sidecar> {
  const { processes, vm } = context;
  const process = await processes.spawn(command);
  const fail = (what: string): Error =>
    hypervisorError(
      driver,
      'sidecar',
      `${command.role} (${serves}) ${what} before it listened; see ${command.role}.log`,
      { vm: vm.name },
    );
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

/** Ends helpers, all at the same time; resolves when they are gone. */
export async function endSidecars(sidecars: readonly Sidecar[]): Promise<void> {
  await Promise.all(sidecars.map(({ process }) => process.kill()));
}

/** Waits for helpers that are being started; when one fails, those that started are ended and its failure is thrown. */
export async function allStarted(starting: readonly Promise<Sidecar>[]): Promise<readonly Sidecar[]> {
  const results = await Promise.allSettled(starting);
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failure = results.find((result) => result.status === 'rejected');
  if (failure === undefined) return started;
  await endSidecars(started);
  throw failure.reason;
}
