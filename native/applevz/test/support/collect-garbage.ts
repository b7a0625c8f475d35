import { setImmediate } from 'node:timers/promises';

/** Collects everything that nothing refers to, and lets the finalizers of native objects run, which Node.js does a turn later. */
export async function collectGarbage(): Promise<void> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error('this process was started without --expose-gc');
  // More than once: what one object held becomes garbage with it.
  for (let round = 0; round < 3; round++) {
    gc();
    await setImmediate();
  }
}
