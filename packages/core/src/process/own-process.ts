import type { ProcessExit, ProcessIdentity, VmProcess } from '../contract/index.ts';
import { signalOrGone, signalProcess } from './signal.ts';
import type { SpawnedProcess } from './spawn-vmm.ts';

/** A process that this controller has started: the system reports its exit. */
export class OwnProcess implements VmProcess {
  readonly role: string;
  readonly identity: ProcessIdentity;
  readonly exited: Promise<ProcessExit>;
  readonly #spawned: SpawnedProcess;
  #ended = false;

  constructor(role: string, spawned: SpawnedProcess) {
    this.role = role;
    this.identity = spawned.identity;
    this.exited = spawned.exited;
    this.#spawned = spawned;
    void spawned.exited.then(() => {
      this.#ended = true;
    });
  }

  async signal(signal: NodeJS.Signals): Promise<'sent' | 'gone'> {
    return this.#ended ? 'gone' : signalProcess(this.identity, signal, { group: true });
  }

  async kill(): Promise<void> {
    const letGo = this.#spawned.hold();
    try {
      if (!this.#ended) await signalOrGone(this.identity, 'SIGKILL');
      await this.exited;
    } finally {
      letGo();
    }
  }

  release(): void {
    // Nothing is held on a child: it never keeps the controller from ending except while `kill` waits for it.
  }
}
