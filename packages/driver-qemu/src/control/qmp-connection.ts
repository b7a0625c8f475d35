import type { Duplex } from 'node:stream';
import {
  type AbortOptions,
  type Deferred,
  deferred,
  type JsonObject,
  type JsonValue,
  onAbort,
} from '@vmrs/core/driver';
import { hypervisorError } from '../errors.ts';
import type { QemuVersion, QmpEvent, QmpMessage } from './qmp-message.ts';
import { QmpParser } from './qmp-parser.ts';

/** Time for one answer. QEMU answers within a millisecond; a host that swaps or a guest that holds QEMU's lock may need seconds. */
const CALL_DEADLINE_MS = 20_000;

/** Options of one QMP command. */
export interface CallOptions extends AbortOptions {
  /** Milliseconds until the call fails with `HYPERVISOR`. Default 20000. */
  readonly deadlineMs?: number;
}

interface Call {
  readonly command: string;
  readonly answer: Deferred<JsonValue>;
}

/**
 * One persistent connection to a QMP monitor: commands with ids in order, events to listeners. When it ends, every pending
 * call is rejected with `HYPERVISOR`. While no call is pending it does not keep the process alive.
 */
export class QmpConnection {
  /** Settles when the connection has ended, with the reason where it was not an orderly end; never rejects. */
  readonly closed: Promise<Error | null>;

  readonly #stream: Duplex;
  readonly #parser = new QmpParser();
  readonly #calls = new Map<number, Call>();
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  readonly #greeting: Deferred<QemuVersion> = deferred();
  #lastId = 0;
  #failure: Error | null = null;
  #version: QemuVersion | null = null;

  private constructor(stream: Duplex) {
    this.#stream = stream;
    const closed = deferred<Error | null>();
    this.closed = closed.promise;
    // Nobody waits for a greeting once the connection is open.
    this.#greeting.promise.catch(() => undefined);
    stream.on('data', (bytes: Uint8Array) => this.#receive(bytes));
    stream.on('error', (error) => {
      this.#failure ??= error;
    });
    stream.on('end', () => stream.destroy());
    stream.on('close', () => {
      const cause = this.#failure ?? undefined;
      const lost = (operation: string): Error =>
        hypervisorError(operation, "the connection to QEMU's monitor has ended", { cause });
      this.#greeting.reject(lost('greeting'));
      for (const call of this.#calls.values()) call.answer.reject(lost(call.command));
      this.#calls.clear();
      closed.resolve(this.#failure);
    });
  }

  /**
   * Shakes hands over `stream`: waits for the greeting and leaves capability negotiation. `stream` is destroyed when that fails.
   *
   * @param options `deadlineMs` covers the whole handshake. Throws `HYPERVISOR`, or the signal's reason
   */
  static async open(stream: Duplex, options: CallOptions = {}): Promise<QmpConnection> {
    const connection = new QmpConnection(stream);
    try {
      const since = performance.now();
      const deadlineMs = options.deadlineMs ?? CALL_DEADLINE_MS;
      connection.#version = await connection.#bounded('greeting', connection.#greeting.promise, {
        ...options,
        deadlineMs,
      });
      await connection.execute('qmp_capabilities', undefined, {
        ...options,
        deadlineMs: deadlineMs - (performance.now() - since),
      });
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /** QEMU's version as told in the greeting. */
  get version(): QemuVersion {
    if (this.#version === null) throw new TypeError('the handshake is not over');
    return this.#version;
  }

  /** Whether commands can still be sent. */
  get isOpen(): boolean {
    return !this.#stream.destroyed;
  }

  /**
   * Runs one command and resolves with its answer. Giving up (deadline, signal) does not take the command back: QEMU runs it
   * all the same. Throws `HYPERVISOR` with QEMU's own words, or the signal's reason.
   */
  async execute(command: string, args?: JsonObject, options: CallOptions = {}): Promise<JsonValue> {
    options.signal?.throwIfAborted();
    if (!this.isOpen)
      throw hypervisorError(command, "the connection to QEMU's monitor has ended", {
        cause: this.#failure ?? undefined,
      });
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = deferred<JsonValue>();
    this.#calls.set(id, { command, answer });
    this.#hold();
    this.#stream.write(
      `${JSON.stringify({ execute: command, ...(args === undefined ? {} : { arguments: args }), id })}\n`,
    );
    return this.#bounded(command, answer.promise, options);
  }

  /** Calls `listener` for each event from now on. Returns what ends that. */
  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends the connection; QEMU runs on. */
  close(): void {
    this.#stream.destroy();
  }

  async #bounded<T>(command: string, work: Promise<T>, options: CallOptions): Promise<T> {
    const deadlineMs = options.deadlineMs ?? CALL_DEADLINE_MS;
    const given = deferred<never>();
    const timer = setTimeout(() => {
      given.reject(
        hypervisorError(command, `QEMU's monitor did not answer '${command}' within ${Math.round(deadlineMs)} ms`),
      );
    }, deadlineMs);
    const forget = onAbort(options.signal, (reason) => given.reject(reason));
    try {
      return await Promise.race([work, given.promise]);
    } finally {
      clearTimeout(timer);
      forget();
    }
  }

  #receive(bytes: Uint8Array): void {
    try {
      for (const message of this.#parser.push(bytes)) this.#take(message);
    } catch (error) {
      this.#stream.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #take(message: QmpMessage): void {
    switch (message.kind) {
      case 'greeting':
        this.#greeting.resolve(message.version);
        break;
      case 'event':
        for (const listener of this.#listeners) listener(message.event);
        break;
      case 'return':
        this.#finish(message.id)?.answer.resolve(message.value);
        break;
      case 'error': {
        const { description, errorClass } = message;
        const call = message.id === null ? undefined : this.#finish(message.id);
        if (call === undefined)
          throw hypervisorError('qmp', `QEMU refused a message: ${description}`, { native: errorClass });
        call.answer.reject(
          hypervisorError(call.command, `QEMU refused '${call.command}': ${description}`, { native: description }),
        );
        break;
      }
    }
  }

  #finish(id: number): Call | undefined {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (this.#calls.size === 0) this.#hold();
    return call;
  }

  /** A waiting call keeps the process alive, an idle connection does not. */
  #hold(): void {
    const stream: Duplex & { ref?: () => void; unref?: () => void } = this.#stream;
    if (this.#calls.size > 0) stream.ref?.();
    else stream.unref?.();
  }
}
