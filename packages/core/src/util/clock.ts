import { setTimeout as sleep } from 'node:timers/promises';

/** Time as core and drivers see it: an object, so that tests can supply their own. */
export interface Clock {
  /** Wall-clock time in milliseconds since 1970, for records and messages. */
  now(): number;
  /** Monotonic time in milliseconds, for durations. */
  elapsed(): number;
  /**
   * Resolves after `ms` milliseconds; rejects with the signal's reason when it is aborted first.
   * Leaves no listener on the signal and no timer behind.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    try {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  },
};
