import type { VmState } from '../state/index.ts';
import { raceAbort } from '../util/abort.ts';
import { deferred } from '../util/deferred.ts';
import { linkAborts } from '../util/linked-abort.ts';

/** A state that tells of its changes. */
export interface StateSource {
  current(): VmState;
  subscribe(listener: (state: VmState) => void): () => void;
}

/** Resolves with the address when the state is `ready`, at once if it is. Rejects with the signal's reason. */
export async function awaitReady(source: StateSource, signal: AbortSignal): Promise<string> {
  const found = deferred<string>();
  const look = (state: VmState): void => {
    if (state.status === 'ready') found.resolve(state.ip);
  };
  const unsubscribe = source.subscribe(look);
  look(source.current());
  try {
    return await raceAbort(found.promise, signal);
  } finally {
    unsubscribe();
  }
}

/**
 * Runs `work` as long as the state stays ready at `ip`. Resolves with false when it did not: the signal given to `work` is aborted then.
 * Rejects like `work`, or with the reason of `signal`.
 */
export async function whileReady(
  source: StateSource,
  ip: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const gate = linkAborts(signal);
  const look = (state: VmState): void => {
    if (state.status !== 'ready' || state.ip !== ip) gate.abort(new Error('the guest is not ready any more'));
  };
  const unsubscribe = source.subscribe(look);
  look(source.current());
  try {
    await raceAbort(work(gate.signal), gate.signal);
    signal.throwIfAborted();
    return !gate.signal.aborted;
  } catch (error) {
    signal.throwIfAborted();
    if (gate.signal.aborted) return false;
    throw error;
  } finally {
    unsubscribe();
    gate.dispose();
  }
}
