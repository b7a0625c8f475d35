import { type DriverContext, linkAborts, type ProcessCommand, raceAbort, type VmProcess } from '@vmrs/core/driver';
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

/** Starts one helper in the context that it is given. */
export type SidecarStart<C> = (context: C) => Promise<Sidecar>;

/**
 * Starts helpers, all at the same time. The first that fails ends the wait for the others; those that have started are ended, and its failure is thrown.
 */
export async function startAll<C extends { readonly signal: AbortSignal }>(
  starts: readonly SidecarStart<C>[],
  context: C,
): Promise<readonly Sidecar[]> {
  const gate = linkAborts(context.signal);
  const bound = { ...context, signal: gate.signal };
  let first: { readonly error: unknown } | null = null;
  try {
    const starting = starts.map((start) =>
      start(bound).catch((error: unknown): null => {
        first ??= { error };
        gate.abort(error);
        return null;
      }),
    );
    const started = (await Promise.all(starting)).filter((sidecar) => sidecar !== null);
    if (first === null) return started;
    await endSidecars(started);
    throw (first as { readonly error: unknown }).error;
  } finally {
    gate.dispose();
  }
}
