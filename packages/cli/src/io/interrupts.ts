/** A signal that asks this program to end. */
export type EndSignal = 'SIGINT' | 'SIGTERM' | 'SIGHUP';

const SIGNALS: readonly EndSignal[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Catches Ctrl-C and its kin, and counts them. As long as it is not disposed of, none of them ends the program by itself. */
export class Interrupts implements Disposable {
  readonly #listeners: readonly (readonly [EndSignal, () => void])[];
  readonly #controller = new AbortController();
  #count = 0;
  #first: EndSignal | null = null;
  #onSignal: (count: number, signal: EndSignal) => void = () => undefined;

  constructor() {
    this.#listeners = SIGNALS.map((signal) => [signal, () => this.#caught(signal)] as const);
    for (const [signal, listener] of this.#listeners) process.on(signal, listener);
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The first signal that came; null when none did. */
  get first(): EndSignal | null {
    return this.#first;
  }

  /** Has `listener` called for each signal from now on, with how many there have been. */
  handle(listener: (count: number, signal: EndSignal) => void): void {
    this.#onSignal = listener;
  }

  [Symbol.dispose](): void {
    for (const [signal, listener] of this.#listeners) process.off(signal, listener);
  }

  #caught(signal: EndSignal): void {
    this.#count += 1;
    this.#first ??= signal;
    this.#controller.abort(new Error(`interrupted by ${signal}`));
    this.#onSignal(this.#count, signal);
  }
}
