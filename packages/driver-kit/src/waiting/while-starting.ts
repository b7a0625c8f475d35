import { basename } from 'node:path';
import type { DriverContext, VmProcess } from '@vmrs/core/driver';
import { hypervisorError } from '../errors.ts';
import { startGate } from './start-gate.ts';
import { within } from './within.ts';

/** Time between the end of a dying process's connection and that of the process, at most. */
const EXIT_GRACE_MS = 500;

/** Who is started, for the words of errors. */
export interface Starting {
  readonly driver: string;
  /** What the VMM is called, such as `Cloud Hypervisor`. */
  readonly vmm: string;
  /** What to do about an end like that, if anything is known; a clause. */
  readonly advice?: (what: string) => string | null;
}

/**
 * Runs `work`, a step of a start, under a signal that is aborted when the VMM ends, when `deadlineMs` have passed, or when the start is given up. What ended the
 * VMM counts before what `work` made of it. Throws `HYPERVISOR`, or the context's reason.
 */
export async function whileStarting<T>(
  { driver, vmm, advice }: Starting,
  process: Pick<VmProcess, 'exited'>,
  deadlineMs: number,
  context: Pick<DriverContext, 'signal' | 'clock' | 'paths' | 'vm'>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, clock, paths, vm } = context;
  const fail = (what: string): Error => {
    const words = advice?.(what) ?? null;
    const detail = `${vmm} ${what} before it ran the VM${words === null ? '' : `; ${words}`}; see ${basename(paths.vmmLog)}`;
    return hypervisorError(driver, 'start', detail, { vm: vm.name });
  };
  const gate = startGate(process, deadlineMs, fail, context);
  try {
    return await work(gate.signal);
  } catch (error) {
    // When it dies in the middle of an answer its connection ends first; the reason is its exit.
    signal.throwIfAborted();
    if (!gate.signal.aborted) await within(process.exited, EXIT_GRACE_MS, clock);
    gate.signal.throwIfAborted();
    throw error;
  } finally {
    gate.abort(undefined);
    gate.dispose();
  }
}
