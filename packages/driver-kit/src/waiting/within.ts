import type { Clock } from '@vmrs/core/driver';

/** Whether `work` settles within `ms` milliseconds. Leaves no timer behind. */
export async function within(work: Promise<unknown>, ms: number, clock: Clock): Promise<boolean> {
  const timer = new AbortController();
  const late = clock.sleep(ms, timer.signal).then(
    () => false,
    () => true, // The work was over first.
  );
  try {
    const settled = work.then(
      () => true,
      () => true, // Its failure is its owner's.
    );
    return await Promise.race([settled, late]);
  } finally {
    timer.abort();
  }
}
