import type { PrepareStep, PrepareStepName } from './prepared-host.ts';

/** Keeps what was done, and tells it. */
export class StepLog {
  readonly #steps: PrepareStep[] = [];
  readonly #onStep: (step: PrepareStep) => void;
  readonly #signal: AbortSignal | undefined;

  constructor(onStep: (step: PrepareStep) => void, signal: AbortSignal | undefined) {
    this.#onStep = onStep;
    this.#signal = signal;
  }

  get steps(): readonly PrepareStep[] {
    return [...this.#steps];
  }

  /** Runs a step, unless the signal is aborted, and tells what it answers. */
  async step(name: PrepareStepName, work: () => Promise<string>): Promise<string> {
    this.#signal?.throwIfAborted();
    const since = performance.now();
    const detail = await work();
    const step: PrepareStep = { name, detail, elapsedMs: Math.round(performance.now() - since) };
    this.#steps.push(step);
    this.#onStep(step);
    return detail;
  }
}
