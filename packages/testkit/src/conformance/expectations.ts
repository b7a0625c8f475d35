import { AssertionError, fail } from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, isVmError, type VmError } from '@vmrs/core';

/** Waits for `work` to reject with a `VmError` of `code` and returns it. */
export async function rejectsWith<C extends ErrorCode>(
  work: Promise<unknown>,
  code: C,
  what: string,
): Promise<VmError<C>> {
  try {
    await work;
  } catch (error) {
    if (isVmError(error, code)) return error;
    fail(`${what}: expected it to reject with ${code}, but it rejected with ${describeError(error)}`);
  }
  fail(`${what}: expected it to reject with ${code}, but it resolved`);
}

/** Waits for `work` to reject because of an abort with `reason`: with the reason itself, or with an `ABORTED` whose cause it is. */
export async function rejectsAborted(work: Promise<unknown>, reason: unknown, what: string): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (error === reason || (isVmError(error, 'ABORTED') && error.cause === reason)) return;
    fail(
      `${what}: expected it to reject with the signal's reason or ABORTED, but it rejected with ${describeError(error)}`,
    );
  }
  fail(`${what}: expected it to reject because it was aborted, but it resolved`);
}

/** Settles like `work`, but fails after `ms` milliseconds. */
export async function within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  const timer = new AbortController();
  const late = sleep(ms, undefined, { signal: timer.signal }).then(
    () => fail(`${what}: it took longer than ${ms} ms`),
    (error: unknown) => {
      throw error; // The race was over first; nobody listens any more.
    },
  );
  late.catch(() => undefined); // Reported through the race.
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
  }
}

/** Waits until `holds` answers true; fails after `ms` milliseconds. For what gives no event, such as the list of processes. */
export async function eventually(ms: number, holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const since = performance.now(); !(await holds()); await sleep(POLL_MS)) {
    if (performance.now() - since > ms) fail(`${what}: it did not happen within ${ms} ms`);
  }
}

/** Fails unless `lines` is empty, and lists them. */
export function nothingIn(lines: readonly string[], what: string): void {
  if (lines.length > 0)
    throw new AssertionError({ message: `${what}:\n  ${lines.join('\n  ')}`, actual: lines, expected: [] });
}

/** Fails when anybody still listens to `signal`. */
export function noListenersOn(signal: AbortSignal, what: string): void {
  const count = getEventListeners(signal, 'abort').length;
  if (count > 0) fail(`${what}: ${count} listener(s) are left on the signal`);
}

function describeError(error: unknown): string {
  return isVmError(error) ? `${error.code} (${error.message})` : String(error);
}

const POLL_MS = 10;
