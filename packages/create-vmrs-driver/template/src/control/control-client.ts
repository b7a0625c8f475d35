import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type AbortOptions, type Deferred, deferred, linkAborts, raceAbort } from '@vmrs/core/driver';
import { connectWhenListening, hypervisorError } from '@vmrs/driver-kit';
import { DRIVER } from '../errors.ts';
import { type Command, type Event, parseMessage, type Status } from './messages.ts';

/** One connection to the hypervisor of one VM. */
export class ControlClient {
  readonly #socket: Socket;
  readonly #answerTimeoutMs: number;
  readonly #onEvent: (event: Event) => void;
  readonly #greeting: Deferred<Status> = deferred();
  readonly #closed: Deferred<void> = deferred();
  readonly #waiting = new Map<number, Deferred<Status>>();
  #nextId = 1;

  private constructor(socket: Socket, answerTimeoutMs: number, onEvent: (event: Event) => void) {
    this.#socket = socket;
    this.#answerTimeoutMs = answerTimeoutMs;
    this.#onEvent = onEvent;
    // A broken connection is one that has ended; whoever waits is told below.
    const ignored = (): void => undefined;
    socket.on('error', ignored);
    createInterface({ input: socket })
      .on('error', ignored)
      .on('line', (line) => this.#onLine(line));
    socket.once('close', () => this.#onClose());
  }

  /**
   * Connects as soon as the hypervisor listens at `path`, and waits for its greeting. Throws `HYPERVISOR`, the system's error, or the signal's reason.
   */
  static async open(
    path: string,
    signal: AbortSignal,
    { answerTimeoutMs, onEvent }: { readonly answerTimeoutMs: number; readonly onEvent: (event: Event) => void },
  ): Promise<ControlClient> {
    const client = new ControlClient(await connectWhenListening(path, signal), answerTimeoutMs, onEvent);
    try {
      await client.#inTime('greeting', client.#greeting.promise, signal);
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Settles when the connection has ended and everything that came over it was passed on; never rejects. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Asks for something and waits for the answer. Throws `HYPERVISOR`, or the signal's reason. */
  async request(command: Command, { signal }: AbortOptions = {}): Promise<Status> {
    signal?.throwIfAborted();
    if (this.#socket.destroyed) throw broken(command);
    const id = this.#nextId++;
    const answer: Deferred<Status> = deferred();
    this.#waiting.set(id, answer);
    try {
      this.#socket.write(`${JSON.stringify({ do: command, id })}\n`);
      return await this.#inTime(command, answer.promise, signal);
    } finally {
      this.#waiting.delete(id);
    }
  }

  /** Hangs up. */
  close(): void {
    this.#socket.destroy();
  }

  #onLine(line: string): void {
    const message = parseMessage(line);
    if (message === null) this.#socket.destroy();
    else if ('standIn' in message) this.#greeting.resolve(message.status);
    else if ('event' in message) this.#onEvent(message);
    else if ('ok' in message) this.#waiting.get(message.id)?.resolve(message.ok);
    else {
      const native = message.error;
      this.#waiting
        .get(message.id)
        ?.reject(hypervisorError(DRIVER, 'request', `Acmevisor refused: ${native}`, { native }));
    }
  }

  #onClose(): void {
    this.#greeting.reject(broken('greeting'));
    for (const answer of this.#waiting.values()) answer.reject(broken('answer'));
    this.#closed.resolve();
  }

  async #inTime<T>(operation: string, work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    // Nobody may be listening any more when it fails.
    work.catch(() => undefined);
    const bound = linkAborts(signal);
    const late = `Acmevisor did not answer within ${this.#answerTimeoutMs} ms`;
    const timer = setTimeout(() => bound.abort(hypervisorError(DRIVER, operation, late)), this.#answerTimeoutMs);
    try {
      return await raceAbort(work, bound.signal);
    } finally {
      clearTimeout(timer);
      bound.dispose();
    }
  }
}

function broken(operation: string): Error {
  return hypervisorError(DRIVER, operation, 'the connection to Acmevisor has ended');
}
