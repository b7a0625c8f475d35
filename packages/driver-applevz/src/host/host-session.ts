import type { Socket } from 'node:net';
import { LineSocket } from '../control/line-socket.ts';
import type { RequestParser } from '../control/parse-request.ts';
import type { Hello, HostEvent, Operation, Operations, Reply, Request } from '../control/protocol.ts';
import { toWireFailure } from '../control/wire-failure.ts';
import { settledWithin } from './settled-within.ts';

/** How long a controller may take to read the last that it is told. */
const LAST_MS = 1_000;

/** What a session serves. */
export interface SessionInit {
  readonly hello: Hello;
  readonly parser: RequestParser;
  readonly call: <O extends Operation>(op: O, args: Operations[O][0]) => Promise<Operations[O][1]>;
  /** The controller has gone and what it asked for is done. Called once. */
  readonly onOver: () => void;
}

/** One controller's connection. */
export class HostSession {
  readonly #init: SessionInit;
  readonly #lines: LineSocket;
  readonly #requests = new Map<number, Promise<void>>();

  constructor(socket: Socket, init: SessionInit) {
    this.#init = init;
    this.#lines = new LineSocket(socket, {
      onMessage: (message) => this.#onMessage(message),
      onGarbage: (problem) => void this.#refuse(problem),
      onClosed: () => void this.#onClosed(),
    });
    this.#lines.send(init.hello);
  }

  /** Tells the controller what happened. */
  tell(event: HostEvent): void {
    this.#lines.send(event);
  }

  /** Answers what was asked, tells the last that there is to tell, and hangs up; takes a second or two at most. Never rejects. */
  async tellLast(event: HostEvent): Promise<void> {
    await settledWithin(Promise.all(this.#requests.values()), LAST_MS);
    await this.#lines.sendLast(event, LAST_MS);
  }

  #onMessage(message: unknown): void {
    const parsed = this.#init.parser.parse(message);
    if ('problem' in parsed) void this.#refuse(parsed.problem);
    else if (this.#requests.has(parsed.value.id)) void this.#refuse(`request ${parsed.value.id} is not answered yet`);
    else this.#requests.set(parsed.value.id, this.#serve(parsed.value));
  }

  async #serve({ id, op, args }: Request): Promise<void> {
    let reply: Reply;
    try {
      reply = { id, ok: await this.#init.call(op, args) };
    } catch (error) {
      reply = { id, failed: toWireFailure(error) };
    }
    this.#requests.delete(id);
    this.#lines.send(reply);
  }

  async #refuse(refused: string): Promise<void> {
    await this.#lines.sendLast({ refused }, LAST_MS);
  }

  async #onClosed(): Promise<void> {
    await Promise.all(this.#requests.values());
    this.#init.onOver();
  }
}
