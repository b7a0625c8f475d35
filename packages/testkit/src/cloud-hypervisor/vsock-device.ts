import { createServer, type Server, type Socket } from 'node:net';

/** The port on which the scripted guest gives back what it gets. */
export const ECHO_PORT = 7;

/** The first port that connections from the host seem to come from. */
const FIRST_HOST_PORT = 1_073_741_824;

/** The host's end of a vsock device: `CONNECT <port>`, answered by `OK <host port>` where something listens, else the connection is closed. */
export class VsockDevice {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #count = 0;

  constructor(listens: (port: number) => boolean) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => socket.destroy());
      socket.once('data', (bytes: Buffer) => {
        const match = /^CONNECT (\d+)\n/.exec(bytes.toString('latin1'));
        if (match === null || !listens(Number(match[1]))) {
          socket.end();
          return;
        }
        this.#count += 1;
        socket.write(`OK ${FIRST_HOST_PORT + this.#count}\n`);
        const rest = bytes.subarray(match[0].length);
        if (rest.length > 0) socket.write(rest);
        socket.pipe(socket);
      });
    });
  }

  /** Binds the socket: its folder must be there, and the file not. Rejects with the system's error. */
  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, () => resolve());
    });
  }

  /** Ends all connections and removes the socket. */
  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
