import { idOf, type VmKey } from '../vm-key.ts';
import type { RemoteVm } from './remote-vm.ts';

/** The VMs of other controllers to which one manager is connected. */
export class Neighbours {
  readonly #connected = new Map<string, RemoteVm>();
  readonly #all = new Set<RemoteVm>();

  /** The VM if it is connected to and was not let go of by its holder. */
  find(key: VmKey, instanceId: string): RemoteVm | undefined {
    const found = this.#connected.get(idOf(key));
    return found?.instanceId === instanceId && !found.detached ? found : undefined;
  }

  /** Keeps a connection until it ends. */
  add(vm: RemoteVm): void {
    const id = idOf(vm.key);
    this.#connected.set(id, vm);
    this.#all.add(vm);
    void vm.closed.then(() => {
      this.#all.delete(vm);
      if (this.#connected.get(id) === vm) this.#connected.delete(id);
    });
  }

  /** Hangs up on all; never rejects. */
  async close(): Promise<void> {
    await Promise.all([...this.#all].map((vm) => vm.close()));
  }
}
