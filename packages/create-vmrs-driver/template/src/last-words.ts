import type { DriverContext, MachineExit } from '@vmrs/core/driver';
import type { Event } from './control/messages.ts';

const REASONS = { 'power-off': 'guest', panic: 'panic', quit: 'host' } as const;

/** Listens to one hypervisor: tells core what core cannot see, and keeps why the hypervisor said that it ends. */
export class LastWords {
  readonly #notify: DriverContext['notify'];
  #reason: MachineExit['reason'] | null = null;

  /** Passes on to the context's `notify`. */
  constructor({ notify }: Pick<DriverContext, 'notify'>) {
    this.#notify = notify;
  }

  /** Why it ends, in its own words; null when it said nothing. */
  get reason(): MachineExit['reason'] | null {
    return this.#reason;
  }

  /** To be called with each event. */
  readonly onEvent = (event: Event): void => {
    if (event.event === 'ending') this.#reason = REASONS[event.reason];
    else this.#notify({ type: event.event });
  };
}
