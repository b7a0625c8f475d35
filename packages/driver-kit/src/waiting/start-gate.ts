import { type DriverContext, type LinkedAbort, linkAborts, type VmProcess } from '@vmrs/core/driver';

/**
 * A signal for the wait until a program that was just started can be talked to: aborted when the start is given up, when the program
 * ends, or when `deadlineMs` have passed. `fail` makes the error from what happened. To be aborted and disposed after the wait.
 */
export function startGate(
  process: Pick<VmProcess, 'exited'>,
  deadlineMs: number,
  fail: (what: string) => Error,
  { signal, clock }: Pick<DriverContext, 'signal' | 'clock'>,
): LinkedAbort {
  const gate = linkAborts(signal);
  void process.exited.then(({ code, signal: by, known }) => {
    gate.abort(fail(known ? `ended with ${by ?? `code ${code}`}` : 'ended'));
  });
  void clock.sleep(deadlineMs, gate.signal).then(
    () => gate.abort(fail(`did not answer within ${deadlineMs} ms`)),
    () => undefined, // The wait was over first.
  );
  return gate;
}
