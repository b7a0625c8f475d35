import { onAbort } from './abort.ts';

/** An abort controller that follows other signals until it is let go. */
export interface LinkedAbort {
  readonly signal: AbortSignal;
  abort(reason: unknown): void;
  /** Takes the listeners off the other signals. */
  dispose(): void;
}

/**
 * A signal that is aborted when one of `signals` is, or by its own `abort`. Unlike `AbortSignal.any`, its listeners on the
 * others can be taken away again, so that nothing piles up on a caller's long-lived signal.
 */
export function linkAborts(...signals: readonly (AbortSignal | undefined)[]): LinkedAbort {
  const controller = new AbortController();
  const forget = signals.map((signal) => onAbort(signal, (reason) => controller.abort(reason)));
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    dispose: () => {
      for (const off of forget) off();
    },
  };
}
