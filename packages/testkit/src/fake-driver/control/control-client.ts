import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type AbortOptions, type Deferred, deferred, raceAbort, VmError } from '@vmrs/core/driver';
import { type Command, type GuestStatus, PROTOCOL_VERSION, type VmmEvent } from '../../stand-in/index.ts';
import { parseMessage } from './parse-message.ts';

/** One connection to a stand-in VMM's control socket: ordered commands, events as they come. */
export class ControlClient {
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  readonly #onEvent: (event: VmmEvent) => void;
  readonly #greeted: Deferred<GuestStatus> = deferred();
  readonly #closed: Deferred<void> = deferred();
  readonly #pending = new Map<number, Deferred<GuestStatus>>();
  #nextId = 1;
  #fault: Error | null = null;

  private constructor(socket: Socket, options: ControlOptions) {
    this.#socket = socket;
    this.#timeoutMs = options.timeoutMs;
    this.#onEvent = options.onEvent;
    const onError = (error: Error): void => {
      this.#fault ??= error;
    };
    socket.on('error', onError);
    // It passes on the errors of its input.
    const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY }).on('error', onError);
    lines.on('line', (line) => this.#onLine(line));
    socket.once('close', () => this.#onClose());
  }

  /**
   * Connects and waits for the greeting. Throws the socket's error when nobody listens (`ENOENT`, `ECONNREFUSED`), `HYPERVISOR` when
   * the other end says nothing in time or is no stand-in VMM of this version, and the signal's reason.
   */
  static async connect(path: string, options: ControlOptions & AbortOptions): Promise<ControlClient> {
    const client = new ControlClient(createConnection(path), options);
    try {
      await client.#inTime('greet', client.#greeted.promise, options.signal);
      return client;
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Whether the connection has not ended. */
  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** Settles when the connection has ended and everything that came over it was handled; never rejects. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Sends a command and waits for its reply. Throws `HYPERVISOR`, or the signal's reason. */
  async request(command: Command, { signal }: AbortOptions = {}): Promise<GuestStatus> {
    signal?.throwIfAborted();
    if (this.#socket.destroyed) throw this.#broken(command.do);
    const id = this.#nextId++;
    const reply: Deferred<GuestStatus> = deferred();
    this.#pending.set(id, reply);
    try {
      this.#socket.write(`${JSON.stringify({ ...command, id })}\n`);
      return await this.#inTime(command.do, reply.promise, signal);
    } finally {
      this.#pending.delete(id);
    }
  }

  /** Hangs up. */
  close(): void {
    this.#socket.destroy();
  }

  #onLine(line: string): void {
    const message = parseMessage(line);
    if (message === null) {
      this.#fault ??= hypervisorError(
        'read',
        'the VMM sent something that is no message of its protocol',
        line.slice(0, 80),
      );
      this.#socket.destroy();
    } else if ('standIn' in message) {
      if (message.standIn === PROTOCOL_VERSION) this.#greeted.resolve(message.status);
      else
        this.#greeted.reject(
          hypervisorError('greet', `the VMM speaks protocol ${message.standIn}, this driver ${PROTOCOL_VERSION}`),
        );
    } else if ('event' in message) {
      this.#onEvent(message);
    } else if ('ok' in message) {
      this.#pending.get(message.id)?.resolve(message.ok);
    } else {
      this.#pending
        .get(message.id)
        ?.reject(hypervisorError('command', `the VMM refused: ${message.error}`, message.error));
    }
  }

  #onClose(): void {
    const error = this.#fault;
    this.#greeted.reject(error ?? this.#broken('greet'));
    for (const reply of this.#pending.values()) reply.reject(this.#broken('reply'));
    this.#closed.resolve();
  }

  #broken(operation: string): VmError<'HYPERVISOR'> {
    return hypervisorError(operation, 'the control connection has ended', undefined, this.#fault);
  }

  async #inTime(operation: string, work: Promise<GuestStatus>, signal: AbortSignal | undefined): Promise<GuestStatus> {
    const late: Deferred<never> = deferred();
    const timer = setTimeout(
      () => late.reject(hypervisorError(operation, `the VMM did not answer within ${this.#timeoutMs} ms`)),
      this.#timeoutMs,
    );
    try {
      return await raceAbort(Promise.race([work, late.promise]), signal);
    } finally {
      clearTimeout(timer);
      // Settled by nobody who listens when the race went another way.
      work.catch(() => undefined);
    }
  }
}

/** Options of {@link ControlClient.connect}. */
export interface ControlOptions {
  /** How long the VMM may take to answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly onEvent: (event: VmmEvent) => void;
}

function hypervisorError(operation: string, detail: string, native?: string, cause?: unknown): VmError<'HYPERVISOR'> {
  return new VmError('HYPERVISOR', {
    driver: 'fake',
    detail: `${operation}: ${detail}`,
    details: { operation, ...(native === undefined ? {} : { native }) },
    cause: cause ?? undefined,
  });
}
