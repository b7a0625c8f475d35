import type { Problem } from '../../errors/index.ts';
import { type Deferred, deferred } from '../../util/deferred.ts';
import type { EndState } from './exit-verdict.ts';

/** How a VM ended, and what could not be cleaned up after it. */
export interface Ending {
  readonly state: EndState;
  readonly problems: readonly Problem[];
}

/** The time for which a controller has a VM in hand, and its close: the VM has ended, or the controller has let go of it. Either happens once. */
export class VmLife {
  /** Settles when the VM has ended and its resources are released; never rejects. */
  readonly ended: Deferred<Ending> = deferred();
  /** Settles when the VM has ended or this controller has let go of it; never rejects. */
  readonly gone: Deferred<void> = deferred();
  /** Settles when this controller has nothing to do with the VM any more: all is cleaned up or let go of; never rejects. */
  readonly finished: Deferred<void> = deferred();
  readonly #over = new AbortController();
  readonly #parted = new AbortController();
  #closing = false;

  /** Aborted when the VM has ended or is about to be let go of: pending operations give up. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Aborted when this controller has let go of the VM: those who wait for something to happen to it hear of nothing any more. */
  get parted(): AbortSignal {
    return this.#parted.signal;
  }

  /** Whether it has ended or was let go of, cleaned up already or not. */
  get closing(): boolean {
    return this.#closing;
  }

  /** The VM is in `state` for good. `tell` comes first, then `clean`, and `after` when all in this process can know; neither may reject. */
  async end(
    state: EndState,
    tell: () => void,
    clean: () => Promise<readonly Problem[]>,
    after: () => Promise<void>,
  ): Promise<void> {
    if (this.#closing) return this.finished.promise;
    this.#closing = true;
    tell();
    this.#over.abort(new Error('the VM has ended'));
    this.gone.resolve();
    this.ended.resolve({ state, problems: await clean() });
    await after();
    this.finished.resolve();
  }

  /** The controller lets go of the living VM once nothing is `pending` any more; `part` must not reject. */
  async part(pending: () => Promise<unknown> | null, part: () => Promise<void>): Promise<void> {
    this.#over.abort(new Error('this manager lets go of the VM'));
    // Asked again after each wait, and for the last time in the same turn as the parting: what begins after that is refused.
    for (let before = pending(); before !== null; before = pending()) await Promise.allSettled([before]);
    if (this.#closing) return this.finished.promise;
    this.#closing = true;
    this.#parted.abort(new Error('this manager has let go of the VM'));
    this.gone.resolve();
    await part();
    this.finished.resolve();
  }
}
