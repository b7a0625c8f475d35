import { onAbort } from '../../util/abort.ts';
import type { Clock } from '../../util/clock.ts';
import { deferred } from '../../util/deferred.ts';

/** How long a driver that was told to give up may take to do so before core goes on without it. */
export const GIVE_UP_MS = 5_000;

/** Settles like `work`. Once `signal` is aborted, `work` has {@link GIVE_UP_MS} left; then this rejects with the signal's reason. */
export async function heeding<T>(work: Promise<T>, signal: AbortSignal, clock: Clock): Promise<T> {
  const late = deferred<never>();
  const timer = new AbortController();
  const forget = onAbort(signal, (reason) => {
    clock.sleep(GIVE_UP_MS, timer.signal).then(
      () => late.reject(reason),
      () => undefined, // The work was over first.
    );
  });
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    timer.abort();
    forget();
  }
}

/** Settles like `work`, but rejects when that takes longer than {@link GIVE_UP_MS}. */
export async function bounded<T>(work: Promise<T>, clock: Clock): Promise<T> {
  return heeding(work, AbortSignal.abort(new Error(`it took longer than ${GIVE_UP_MS} ms`)), clock);
}
