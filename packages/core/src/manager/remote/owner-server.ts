import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { errnoOf, ignoreErrno } from '../../util/errno.ts';
import type { FileSystem } from '../../util/file-system.ts';
import { LocalVm } from '../local-vm.ts';
import type { Audience } from '../runtime/audience.ts';
import type { VmRuntime } from '../runtime/vm-runtime.ts';
import { OwnerSession } from './owner-session.ts';
import { OWNER_SOCKET, type OwnerMessage } from './protocol.ts';

/**
 * Lets other controllers look at a VM that this one holds and ask for what they want done. Resolves when they can. A VM without
 * that is no worse a VM: what goes wrong is told as a warning. Nothing here keeps the program alive.
 */
export async function letOthersAsk(runtime: VmRuntime, fileSystem: FileSystem): Promise<void> {
  if (runtime.life.closing) return;
  const warn = (error: unknown): void => {
    if (!runtime.life.closing) runtime.warn('other controllers cannot ask for this VM', error);
  };
  const server = new OwnerServer(new LocalVm(runtime), warn);
  runtime.audience = server;
  await server.open(join(runtime.home.knownRecord.runtimeDir, OWNER_SOCKET), fileSystem);
}

/** The clients of one VM's holder. */
class OwnerServer implements Audience {
  readonly #vm: LocalVm;
  readonly #server: Server;
  readonly #sessions = new Set<OwnerSession>();
  readonly #onProblem: (error: unknown) => void;
  readonly #deafen: () => void;
  #opening: Promise<void> = Promise.resolve();
  #shut = false;

  constructor(vm: LocalVm, onProblem: (error: unknown) => void) {
    this.#vm = vm;
    this.#onProblem = onProblem;
    // A guest may have something to say on its vsock to a client that has nothing more to say.
    this.#server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.unref();
      const session = new OwnerSession(socket, vm, () => this.#sessions.delete(session));
      this.#sessions.add(session);
    });
    this.#server.unref();
    this.#deafen = vm.listen((event) => this.#tell({ event, process: vm.process }));
  }

  /** Opens the doors; resolves when clients can come, or when it is known that they cannot. Never rejects. */
  open(path: string, fileSystem: FileSystem): Promise<void> {
    this.#opening = this.#open(path, fileSystem).catch(this.#onProblem);
    return this.#opening;
  }

  async #open(path: string, fileSystem: FileSystem): Promise<void> {
    try {
      await this.#listen(path);
    } catch (error) {
      if (errnoOf(error) !== 'EADDRINUSE') throw error;
      // A holder that was killed left it. Nobody listens there: that takes the name, which this controller holds.
      await ignoreErrno(fileSystem.unlink(path), 'ENOENT');
      if (!this.#shut) await this.#listen(path);
    }
    this.#server.on('error', this.#onProblem);
  }

  /** Its folder, which is this user's alone, keeps others out. */
  #listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const server = this.#server;
      const settled = (): void => void server.off('listening', listening).off('close', listening).off('error', failed);
      const listening = (): void => {
        settled();
        resolve();
      };
      const failed = (error: Error): void => {
        settled();
        reject(error);
      };
      server.on('listening', listening).on('close', listening).on('error', failed);
      // Exclusive: in a worker of a cluster the socket would else be the primary's.
      server.listen({ path, exclusive: true });
    });
  }

  closeDoors(): void {
    this.#shut = true;
    this.#deafen();
    this.#server.close();
  }

  async tellEnd(): Promise<void> {
    this.closeDoors();
    if (this.#sessions.size === 0) return;
    const [end, evidence] = await Promise.all([this.#vm.end(), this.#vm.evidence('', 0)]);
    await this.#tellLast({ ended: { ...end, evidence } });
  }

  async tellParting(): Promise<void> {
    this.closeDoors();
    // Not a file of that name is touched any more when this resolves: the place is the next holder's.
    await this.#opening;
    await this.#tellLast({ parted: true });
  }

  #tell(message: OwnerMessage): void {
    for (const session of this.#sessions) session.tell(message);
  }

  async #tellLast(message: OwnerMessage): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.tellLast(message)));
  }
}
