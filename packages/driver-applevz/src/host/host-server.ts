import { createServer, type Server } from 'node:net';
import { RequestParser } from '../control/parse-request.ts';
import type { Hello, HostEvent } from '../control/protocol.ts';
import { HostSession, type SessionInit } from './host-session.ts';
import { listenUnix } from './listen-unix.ts';

/** What a host's server serves. */
export interface HostServerInit extends Pick<SessionInit, 'call'> {
  /** What to say to a controller that comes now. */
  readonly hello: () => Hello;
  /** No controller is connected any more. */
  readonly onDeserted: () => void;
  /** A line for the host's own log. */
  readonly note: (line: string) => void;
}

/** The socket of a host, and the controllers that are connected to it. */
export class HostServer {
  readonly #server: Server;
  readonly #sessions = new Set<HostSession>();
  #onArrival: (() => void) | null = null;

  private constructor({ hello, call, onDeserted }: HostServerInit) {
    const parser = new RequestParser();
    this.#server = createServer((socket) => {
      this.#onArrival?.();
      const onOver = (): void => {
        this.#sessions.delete(session);
        if (this.#sessions.size === 0) onDeserted();
      };
      const session = new HostSession(socket, { hello: hello(), parser, call, onOver });
      this.#sessions.add(session);
    });
  }

  /** Throws the system's error; `EADDRINUSE` when another host listens there. */
  static async listen(path: string, init: HostServerInit): Promise<HostServer> {
    const server = new HostServer(init);
    await listenUnix(server.#server, path, init.note);
    return server;
  }

  /** Resolves when the first controller has come. */
  firstController(): Promise<void> {
    if (this.#sessions.size > 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onArrival = resolve;
    });
  }

  /** Tells every controller what happened. */
  tell(event: HostEvent): void {
    for (const session of this.#sessions) session.tell(event);
  }

  /** Lets no more controllers in, and tells those that are there the last that there is to tell. Never rejects. */
  async tellLast(event: HostEvent): Promise<void> {
    this.#server.close();
    await Promise.all([...this.#sessions].map((session) => session.tellLast(event)));
  }
}
