import type { Socket } from 'node:net';
import { type AbortOptions, type Deferred, deferred, raceAbort, type VmError } from '@vmrs/core/driver';
import { LineSocket } from './line-socket.ts';
import { hostUnreachable, operationFailed } from './operation-error.ts';
import { type HostMessage, HostMessageParser, type RawReply } from './parse-host-message.ts';
import type { Parsed } from './parsed.ts';
import { type Hello, type HostEvent, type HostLink, type Operation, type Operations, PROTOCOL } from './protocol.ts';

/** Who uses a connection. */
export interface HostConnectionInit {
  /** Name of the VM, for messages. */
  readonly vm: string;
  readonly onHello: () => void;
  readonly onEvent: (event: HostEvent) => void;
}

/** A call that is not answered yet; one that was given up stays one, so that its answer is known as such. */
interface Call {
  readonly op: Operation;
  readonly answer: Deferred<RawReply>;
}

/** A controller's end of the connection to a host. Not to be used before its hello has come. */
export class HostConnection implements HostLink {
  readonly closed: Promise<void>;
  readonly #vm: string;
  readonly #init: HostConnectionInit;
  readonly #socket: Socket;
  readonly #lines: LineSocket;
  readonly #parser = new HostMessageParser();
  readonly #calls = new Map<number, Call>();
  #hello: Hello | null = null;
  #lastId = 0;
  #waiting = 0;
  #why = 'the connection was closed';
  #cause: Error | null = null;

  constructor(socket: Socket, init: HostConnectionInit) {
    this.#vm = init.vm;
    this.#init = init;
    this.#socket = socket;
    const closed = deferred<void>();
    this.closed = closed.promise;
    this.#lines = new LineSocket(socket, {
      onMessage: (message) => this.#onMessage(message),
      onGarbage: (problem) => this.#distrust(problem),
      onClosed: (fault) => {
        this.#cause ??= fault;
        for (const { op, answer } of this.#calls.values()) answer.reject(this.whyClosed(op));
        this.#calls.clear();
        closed.resolve();
      },
    });
  }

  get hello(): Hello {
    if (this.#hello === null) throw new TypeError('the host has not said hello yet');
    return this.#hello;
  }

  async call<O extends Operation>(
    op: O,
    args: Operations[O][0],
    { signal }: AbortOptions = {},
  ): Promise<Operations[O][1]> {
    signal?.throwIfAborted();
    if (this.#socket.destroyed) throw this.whyClosed(op);
    this.#lastId += 1;
    const id = this.#lastId;
    const call: Call = { op, answer: deferred() };
    this.#calls.set(id, call);
    this.#keepAlive(1);
    try {
      this.#lines.send({ id, op, args });
      return this.#answerTo(op, await raceAbort(call.answer.promise, signal));
    } finally {
      call.answer.promise.catch(() => undefined); // That the connection ends is nothing to a call that was given up.
      this.#keepAlive(-1);
    }
  }

  close(): void {
    this.#why = 'it was closed here';
    this.#lines.hangUp();
  }

  /** The error of an operation for which the host cannot be asked any more. */
  whyClosed(op: string): VmError<'HYPERVISOR'> {
    const detail = `the host process of '${this.#vm}' did not answer '${op}': ${this.#cause?.message ?? this.#why}`;
    return hostUnreachable(op, detail, this.#vm, this.#cause ?? undefined);
  }

  #answerTo<O extends Operation>(op: O, reply: RawReply): Operations[O][1] {
    if ('failed' in reply) throw operationFailed(op, reply.failed, this.#vm);
    const answer = this.#parser.parseAnswer(op, reply.ok);
    if ('value' in answer) return answer.value;
    this.#distrust(answer.problem);
    throw this.whyClosed(op);
  }

  #onMessage(message: unknown): void {
    if (this.#hello === null) this.#greet(message);
    else this.#sort(this.#parser.parse(message));
  }

  #greet(message: unknown): void {
    const greeting = this.#parser.parseGreeting(message);
    const hello = this.#parser.parseHello(message);
    if ('value' in greeting && greeting.value.protocol !== PROTOCOL) {
      const numbers = `it speaks version ${greeting.value.protocol} of the protocol, this driver speaks ${PROTOCOL}`;
      this.#giveUp(
        `${numbers}; use the version of @vmrs/driver-applevz that started it, or end this VM and boot it anew`,
      );
    } else if ('problem' in hello) {
      this.#distrust(hello.problem);
    } else {
      this.#hello = hello.value;
      this.#keepAlive(0);
      this.#init.onHello();
    }
  }

  #sort(parsed: Parsed<HostMessage>): void {
    if ('problem' in parsed) this.#distrust(parsed.problem);
    else if ('event' in parsed.value) this.#init.onEvent(parsed.value);
    else if ('refused' in parsed.value) this.#giveUp(`it refused what this driver said: ${parsed.value.refused}`);
    else this.#settle(parsed.value);
  }

  #settle(reply: RawReply): void {
    const call = this.#calls.get(reply.id);
    if (call === undefined) this.#distrust(`an answer to ${reply.id}, which was not asked`);
    this.#calls.delete(reply.id);
    call?.answer.resolve(reply);
  }

  #distrust(problem: string): void {
    this.#giveUp(`what it says makes no sense: ${problem}`);
  }

  #giveUp(why: string): void {
    this.#cause ??= new Error(why);
    this.#lines.hangUp();
  }

  #keepAlive(change: number): void {
    this.#waiting += change;
    if (this.#waiting > 0) this.#socket.ref();
    else this.#socket.unref();
  }
}
