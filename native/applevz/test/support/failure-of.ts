import type { NativeFailure } from '../../src/index.ts';

/** What the promise rejects with, or the function throws. */
export async function failureOf(act: Promise<unknown> | (() => unknown)): Promise<NativeFailure> {
  try {
    await (typeof act === 'function' ? act() : act);
  } catch (error) {
    return error as NativeFailure;
  }
  throw new Error('it did not fail');
}
