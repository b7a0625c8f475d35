import type { HostEvent } from './control/protocol.ts';

/** Keeps what a host tells until there is a machine to be told. */
export class EventRelay {
  #kept: HostEvent[] = [];
  #listener: ((event: HostEvent) => void) | null = null;

  /** To be given to whoever has events. */
  readonly deliver = (event: HostEvent): void => {
    if (this.#listener === null) this.#kept.push(event);
    else this.#listener(event);
  };

  /** Whom everything goes to from now on, what was kept first. */
  onEvent(listener: (event: HostEvent) => void): void {
    this.#listener = listener;
    for (const event of this.#kept.splice(0)) listener(event);
  }
}
