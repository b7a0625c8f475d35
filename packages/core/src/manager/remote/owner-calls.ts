import { type Deferred, deferred } from '../../util/deferred.ts';
import type { Call, ClientMessage } from './protocol.ts';
import { fromWire, type WireError } from './wire-error.ts';

/** How long a holder may say nothing while something is asked of it, in milliseconds. */
export const ANSWER_MS = 5_000;

/** What {@link OwnerCalls} works with. */
export interface CallsOptions {
  readonly send: (message: ClientMessage) => void;
  /** Makes the error of a call whose holder says nothing. */
  readonly silent: (call: Call) => Error;
  /** Default {@link ANSWER_MS}. */
  readonly answerMs?: number;
}

/**
 * The questions to a holder that it has not answered yet. As long as there are any it is also asked for a sign of life; without one they
 * fail, since it may be suspended for ever.
 */
export class OwnerCalls {
  readonly #options: CallsOptions;
  readonly #pending = new Map<number, { readonly call: Call; readonly answer: Deferred<unknown> }>();
  #lastId = 0;
  #heard = true;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: CallsOptions) {
    this.#options = options;
  }

  /** Asks, and settles as the holder answers. Once the signal is aborted the holder is told so; it still answers. */
  async make(call: Call, signal: AbortSignal | undefined): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = deferred<unknown>();
    const cancel = (): void => this.#options.send({ cancel: id });
    this.#pending.set(id, { call, answer });
    this.#watch();
    try {
      this.#options.send({ id, call });
      if (signal?.aborted === true) cancel();
      else signal?.addEventListener('abort', cancel, { once: true });
      return await answer.promise;
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#pending.delete(id);
      if (this.#pending.size === 0) this.#rest();
    }
  }

  /** The holder has said something, whatever it was. */
  heard(): void {
    this.#heard = true;
  }

  /** The answer to a call. */
  answer(id: number, ok: unknown): void {
    this.#pending.get(id)?.answer.resolve(ok);
  }

  /** The failure of a call. */
  refuse(id: number, error: WireError): void {
    this.#pending.get(id)?.answer.reject(fromWire(error));
  }

  /** No call will be answered any more. */
  failAll(why: (call: Call) => Error): void {
    for (const { call, answer } of this.#pending.values()) answer.reject(why(call));
  }

  #watch(): void {
    if (this.#timer !== null) return;
    this.#ask();
    this.#timer = setInterval(() => {
      if (this.#heard) this.#ask();
      else this.failAll(this.#options.silent);
    }, this.#options.answerMs ?? ANSWER_MS);
  }

  #ask(): void {
    this.#heard = false;
    this.#options.send({ ping: true });
  }

  #rest(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
