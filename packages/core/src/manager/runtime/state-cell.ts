import { canTransition, type VmState } from '../../state/index.ts';

/** The state of one VM. Changes only along the transition table, and tells its listeners of each change, once and in order. */
export class StateCell {
  #state: VmState;
  readonly #listeners = new Set<(state: VmState) => void>();

  constructor(initial: VmState) {
    this.#state = initial;
  }

  /** A memory read. */
  get current(): VmState {
    return this.#state;
  }

  /** Goes to `next`. Returns false, and changes nothing, when the table has no such transition. */
  to(next: VmState): boolean {
    if (!canTransition(this.#state.status, next.status)) return false;
    this.#state = next;
    for (const listener of [...this.#listeners]) listener(next);
    return true;
  }

  /** Calls `listener` at each change from now on. Returns what takes it away again. */
  subscribe(listener: (state: VmState) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
