import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { NativeMachine, VsockConnection } from '@vmrs/applevz-addon';
import { joinVsock } from './join-vsock.ts';
import { listenUnix } from './listen-unix.ts';
import { readVsockRequest } from './read-vsock-request.ts';

/**
 * A machine's vsock device as unix sockets, as Firecracker and Cloud Hypervisor have it. Who connects to `path` and says `CONNECT <port>` is connected to that port of the
 * guest and told `OK <port of this side>`; the connection is closed when nobody accepts it there. A connection of the guest to a port that is listened on is connected to
 * `<path>_<port>`, and closed when nobody listens there.
 */
export class VsockServer {
  readonly #path: string;
  readonly #server: Server;
  readonly #peers = new Set<Socket>();
  readonly #joins = new Set<Promise<void>>();
  #machine: NativeMachine | null = null;
  #shut = false;

  private constructor(path: string) {
    this.#path = path;
    this.#server = createServer({ allowHalfOpen: true }, (peer) => void this.#serve(peer)).unref();
  }

  /** Throws the system's error. */
  static async listen(path: string, note: (line: string) => void): Promise<VsockServer> {
    const server = new VsockServer(path);
    await listenUnix(server.#server, path, note);
    return server;
  }

  /** Whose device it is. Until that is said connections are closed. */
  serve(machine: NativeMachine): void {
    this.#machine = machine;
  }

  /** Has the guest's connections to `port` accepted. Rejects with the framework's failure. */
  async listen(port: number): Promise<void> {
    await this.#machine?.listenVsock(port, (connection) => this.#accept(connection, port));
  }

  /** Closes all connections; resolves when each is released. */
  async close(): Promise<void> {
    this.#shut = true;
    this.#server.close();
    for (const peer of this.#peers) peer.destroy();
    await Promise.all(this.#joins);
  }

  async #serve(peer: Socket): Promise<void> {
    this.#own(peer);
    const port = await readVsockRequest(peer);
    const connection = port === null ? null : await this.#connect(port);
    if (connection === null) {
      peer.destroy();
      return;
    }
    peer.write(`OK ${connection.sourcePort}\n`);
    this.#join(connection, peer);
  }

  /** Null when the guest does not take it, for whatever reason: the protocol has no words for it. */
  async #connect(port: number): Promise<VsockConnection | null> {
    try {
      return this.#shut || this.#machine === null ? null : await this.#machine.connectVsock(port);
    } catch {
      return null;
    }
  }

  #accept(connection: VsockConnection, port: number): void {
    const peer = createConnection({ path: `${this.#path}_${port}`, allowHalfOpen: true });
    this.#own(peer);
    this.#join(connection, peer);
  }

  #own(peer: Socket): void {
    peer.unref();
    this.#peers.add(peer);
    peer.once('close', () => this.#peers.delete(peer));
    // A stream that breaks is its user's concern; 'close' follows.
    peer.on('error', () => peer.destroy());
  }

  #join(connection: VsockConnection, peer: Socket): void {
    if (this.#shut) peer.destroy();
    const join = joinVsock(connection, peer).then(() => void this.#joins.delete(join));
    this.#joins.add(join);
  }
}
