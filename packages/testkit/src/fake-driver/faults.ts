import { raceAbort } from '@vmrs/core/driver';

/** Where a fault can be put: the driver's methods, then the machine's. `booted` lies after the VMM was started and before `boot` resolves. */
export type FaultPoint =
  | 'probe'
  | 'validate'
  | 'boot'
  | 'booted'
  | 'adopt'
  | 'restore'
  | 'state'
  | 'requestStop'
  | 'terminate'
  | 'kill'
  | 'pause'
  | 'resume'
  | 'snapshot'
  | 'vsock'
  | 'detach';

/** What goes wrong there: it fails with this error, never comes back (unless it is aborted), or takes longer. */
export type Fault = { readonly fail: Error } | { readonly hang: true } | { readonly delayMs: number };

/** The faults of one fake driver. Empty at first; may be changed at any time. */
export class Faults {
  readonly #faults = new Map<FaultPoint, Fault>();

  /** Puts a fault at `point`, replacing the one that was there. It stays until it is cleared. */
  set(point: FaultPoint, fault: Fault): void {
    this.#faults.set(point, fault);
  }

  /** Takes the fault at `point` away, or all. */
  clear(point?: FaultPoint): void {
    if (point === undefined) this.#faults.clear();
    else this.#faults.delete(point);
  }

  /** Passes `point`, suffering the fault that is there. Throws that of `fail`, or the signal's reason. */
  async pass(point: FaultPoint, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    const fault = this.#faults.get(point);
    if (fault === undefined) return;
    if ('fail' in fault) throw fault.fail;
    const forever = 'hang' in fault;
    let timer: NodeJS.Timeout | undefined;
    const passed = new Promise<void>((resolve) => {
      if (!forever) timer = setTimeout(resolve, fault.delayMs);
    });
    try {
      await raceAbort(passed, signal);
    } finally {
      clearTimeout(timer);
    }
  }
}
