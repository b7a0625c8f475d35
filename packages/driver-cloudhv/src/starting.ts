import { basename } from 'node:path';
import type { DriverContext, VmProcess } from '@vmrs/core/driver';
import { startGate, within } from '@vmrs/driver-kit';
import { hypervisorError } from './errors.ts';

/** Time between the end of a dying process's connection and that of the process, at most. */
const EXIT_GRACE_MS = 500;

/** What to do about a VMM that its own filters of system calls have ended. */
const SIGSYS_ADVICE =
  '; SIGSYS means that its seccomp filters forbid a system call it has made: boot once with driverOptions { seccomp: "log" } to see which, in the kernel log';

/**
 * Runs `work`, a step of a start, under a signal that is aborted when the VMM ends, when `deadlineMs` have passed, or when the start is given up. What ended the
 * VMM counts before what `work` made of it. Throws `HYPERVISOR`, or the context's reason.
 */
export async function whileStarting<T>(
  process: VmProcess,
  deadlineMs: number,
  context: Pick<DriverContext, 'signal' | 'clock' | 'paths' | 'vm'>,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, clock, paths, vm } = context;
  const fail = (what: string): Error => {
    const advice = what.includes('SIGSYS') ? SIGSYS_ADVICE : '';
    const detail = `Cloud Hypervisor ${what} before it ran the VM${advice}; see ${basename(paths.vmmLog)}`;
    return hypervisorError('start', detail, { vm: vm.name });
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
