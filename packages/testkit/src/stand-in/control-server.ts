import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { ControlMode } from './guest-script.ts';
import {
  type Command,
  type Greeting,
  type GuestStatus,
  PROTOCOL_VERSION,
  type Reply,
  type Request,
  type VmmEvent,
} from './protocol.ts';

/** The answer to a command. */
export interface Answer {
  readonly status: GuestStatus;
  /** What is done when the reply was handed to the system. */
  readonly afterwards?: () => void;
}

/** What answers commands; an error that it throws is the reply. */
export type CommandHandler = (command: Command) => Promise<Answer>;

/** The VMM's end of the control socket. */
export class ControlServer {
  readonly #server: Server;
  readonly #handle: CommandHandler;
  readonly #clients = new Set<Socket>();
  #mode: ControlMode;

  constructor(mode: ControlMode, handle: CommandHandler) {
    this.#mode = mode;
    this.#handle = handle;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, () => resolve());
    });
  }

  set mode(mode: ControlMode) {
    this.#mode = mode;
    for (const client of this.#clients) this.#misbehave(client);
  }

  /** Tells all clients. Resolves when it is handed to the system. */
  async tell(event: VmmEvent): Promise<void> {
    if (this.#mode !== 'answers') return;
    await Promise.all([...this.#clients].map((client) => write(client, event)));
  }

  #serve(socket: Socket): void {
    this.#clients.add(socket);
    socket.once('close', () => this.#clients.delete(socket));
    // A client that went away in the middle of a reply is no concern of the VMM's; 'close' follows.
    const onError = (): void => void socket.destroy();
    socket.on('error', onError);
    this.#misbehave(socket);
    const greeting: Greeting = { standIn: PROTOCOL_VERSION, status: 'running' };
    void this.#handle({ do: 'status' }).then(({ status }) => this.#say(socket, { ...greeting, status }));
    let last: Promise<void> = Promise.resolve();
    const lines = createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY }).on('error', onError);
    lines.on('line', (line) => {
      last = last.then(() => this.#answer(socket, line));
    });
  }

  async #answer(socket: Socket, line: string): Promise<void> {
    const request = parseRequest(line);
    if (request === null) {
      socket.destroy();
      return;
    }
    const { id, ...command } = request;
    try {
      const { status, afterwards } = await this.#handle(command);
      await this.#say(socket, { id, ok: status });
      afterwards?.();
    } catch (error) {
      await this.#say(socket, { id, error: error instanceof Error ? error.message : String(error) });
    }
  }

  async #say(socket: Socket, message: Greeting | Reply): Promise<void> {
    if (this.#mode === 'answers') await write(socket, message);
    if (this.#mode === 'breaks-off') breakOff(socket, message);
  }

  #misbehave(socket: Socket): void {
    if (this.#mode === 'closes') socket.destroy();
    if (this.#mode === 'babbles') socket.write('\u0000\u0001 no message at all {]\n');
  }
}

function write(socket: Socket, message: object): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    // Whether the client still took it shows in its 'close'.
    else socket.write(`${JSON.stringify(message)}\n`, () => resolve());
  });
}

function breakOff(socket: Socket, message: object): void {
  const line = JSON.stringify(message);
  socket.write(line.slice(0, line.length / 2), () => socket.destroy());
}

function parseRequest(line: string): Request | null {
  try {
    const value: unknown = JSON.parse(line);
    const sound = typeof value === 'object' && value !== null && 'id' in value && 'do' in value;
    return sound && typeof value.id === 'number' ? (value as Request) : null;
  } catch {
    return null; // The client is hung up on, as a real VMM's control socket would.
  }
}
