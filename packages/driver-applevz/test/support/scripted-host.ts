import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** What a {@link ScriptedHost} does with a request. */
export type Script = (request: { readonly id: number; readonly op: string }, socket: Socket) => void;

/** Stands in for a host process that says whatever a test wants it to. */
export class ScriptedHost implements AsyncDisposable {
  readonly sockets: Set<Socket> = new Set();
  /** Lines that controllers have sent. */
  readonly heard: string[] = [];
  readonly #server: Server;

  private constructor(first: string | null, script: Script) {
    this.#server = createServer((socket) => {
      this.sockets.add(socket);
      socket.on('error', () => socket.destroy());
      if (first !== null) socket.write(first);
      createInterface({ input: socket }).on('line', (line) => {
        this.heard.push(line);
        script(JSON.parse(line) as { id: number; op: string }, socket);
      });
    });
  }

  /** Listens on `path`; `first` is what it says to whoever comes. */
  static async listen(path: string, first: string | null, script: Script = () => undefined): Promise<ScriptedHost> {
    const host = new ScriptedHost(first, script);
    await new Promise<void>((resolve) => host.#server.listen(path, resolve));
    return host;
  }

  /** Says `line` to all. */
  say(line: string): void {
    for (const socket of this.sockets) socket.write(line);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
