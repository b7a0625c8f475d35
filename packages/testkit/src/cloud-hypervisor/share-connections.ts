import { createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChApiError } from './api-error.ts';

/** `vhost_user_common` tries every 100 ms for 60 s; nothing else is done meanwhile. */
const RETRY_MS = 100;
const DEADLINE_MS = 60_000;

/** The connections to the daemons of shared directories, one each. A daemon serves one and ends with it. */
export class ShareConnections {
  readonly #sockets = new Map<string, Socket>();

  /** Connects to a daemon. Throws {@link ChApiError} when it cannot. */
  async open(id: string, path: string): Promise<void> {
    const since = performance.now();
    for (;;) {
      const socket = await connect(path);
      if (socket !== null) {
        this.#sockets.set(id, socket);
        return;
      }
      if (performance.now() - since > DEADLINE_MS) throw new ChApiError([`Failed connecting the backend: ${path}`]);
      await sleep(RETRY_MS);
    }
  }

  /** Hangs up on one. */
  close(id: string): void {
    this.#sockets.get(id)?.destroy();
    this.#sockets.delete(id);
  }

  /** Hangs up on all. */
  closeAll(): void {
    for (const id of [...this.#sockets.keys()]) this.close(id);
  }
}

function connect(path: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(socket));
    socket.on('error', () => {
      socket.destroy();
      resolve(null);
    });
    socket.resume();
    // It is not what keeps the VMM alive.
    socket.unref();
  });
}
