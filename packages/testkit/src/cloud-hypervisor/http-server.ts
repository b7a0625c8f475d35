import { createServer, type Server, type Socket } from 'node:net';
import { type HttpRequest, readRequest } from './http-request.ts';

/** An answer. Null as content: none. */
export interface HttpAnswer {
  readonly status: number;
  readonly content: string | null;
  /** Hang up in the middle of the answer. */
  readonly breakOff?: boolean;
}

/** `MAX_CONNECTIONS` of micro_http. */
const MAX_CONNECTIONS = 10;

/**
 * The API's server: one request after another over all connections, as Cloud Hypervisor's one thread has it; a request that is never answered keeps all others
 * waiting. Answers carry no reason phrase.
 */
export class HttpServer {
  readonly #answer: (request: HttpRequest) => Promise<HttpAnswer | null>;
  readonly #maxBody: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #turn: Promise<void> = Promise.resolve();

  /** `answer` resolves with null for a request that is never answered. */
  constructor(maxBody: number, answer: (request: HttpRequest) => Promise<HttpAnswer | null>) {
    this.#maxBody = maxBody;
    this.#answer = answer;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Listens on a unix socket. Rejects with the system's error. */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, () => resolve());
    });
  }

  /** Stops listening, and removes the socket. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (this.#sockets.size >= MAX_CONNECTIONS) {
      socket.end(textOf({ status: 503, content: JSON.stringify({ error: 'Too many open connections' }) }));
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    let rest: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      for (;;) {
        const read = readRequest(rest, this.#maxBody);
        if (read === null) return;
        if ('refused' in read) {
          socket.end(textOf({ status: 400, content: JSON.stringify({ error: read.refused }) }));
          return;
        }
        rest = read.rest;
        this.#enqueue(socket, read.request);
      }
    });
  }

  #enqueue(socket: Socket, request: HttpRequest): void {
    this.#turn = this.#turn.then(async () => {
      const answer = await this.#answer(request);
      if (answer === null) await new Promise(() => undefined);
      else if (answer.breakOff === true) socket.end('HTTP/1.1 200 \r\nContent-Length: 1000\r\n\r\n{"half":');
      else if (!socket.destroyed) socket.write(textOf(answer));
    });
  }
}

function textOf({ status, content }: HttpAnswer): string {
  const head = `HTTP/1.1 ${status} \r\nServer: Cloud Hypervisor API\r\nConnection: keep-alive\r\n`;
  if (content === null) return `${head}${status === 204 ? '' : 'Content-Length: 0\r\n'}\r\n`;
  return `${head}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(content)}\r\n\r\n${content}`;
}
