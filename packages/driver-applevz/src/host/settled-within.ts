/** Whether `work` settles, well or not, within `ms` milliseconds. Leaves no timer behind. */
export async function settledWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  const over = (): void => resolve(true);
  work.then(over, over); // Its failure is its owner's.
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
