import type { Logger } from '../../contract/index.ts';
import type { Clock } from '../../util/clock.ts';
import type { VmHome } from '../home/vm-home.ts';
import { EventHub } from './event-hub.ts';
import type { VmEvent } from './vm-event.ts';

/** What {@link VmNews} works with. */
export interface NewsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** The VM's place on disk; null as long as the name is not taken. */
  readonly home: () => VmHome | null;
  /** Told of each event, for those who watch all VMs. */
  readonly onEvent: (event: VmEvent) => void;
}

type DistributedOmit<T> = T extends VmEvent ? Omit<T, 'at'> : never;

/** Tells what happens to one VM: to those who watch it, those who watch all, and its event log. */
export class VmNews {
  readonly hub: EventHub<VmEvent> = new EventHub();
  readonly #options: NewsOptions;
  readonly #listeners = new Set<(event: VmEvent) => void>();

  constructor(options: NewsOptions) {
    this.#options = options;
  }

  /** The time now, as events have it. */
  now(): string {
    return new Date(this.#options.clock.now()).toISOString();
  }

  /** Calls `listener` at each event from now on, at once and losing none; it must not throw. Returns what takes it away again. */
  listen(listener: (event: VmEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Something has happened now. */
  tell(what: DistributedOmit<VmEvent>): void {
    const { home, onEvent, logger } = this.#options;
    const event: VmEvent = { ...what, at: this.now() };
    this.hub.publish(event);
    for (const listener of this.#listeners) listener(event);
    const place = home();
    // Nothing has happened to the VM of that name as long as the name is not taken.
    if (place === null) return;
    onEvent(event);
    place
      .logEvent(JSON.stringify(event))
      .catch((error: unknown) => logger.warn({ event: 'vm.events', err: error }, 'the event cannot be written down'));
  }

  /** A failure in the background: told to subscribers and the log, since no caller waits for it. */
  warn(message: string, cause?: unknown): void {
    this.#options.logger.warn({ event: 'vm.warning', err: cause }, message);
    const because = cause instanceof Error ? `: ${cause.message}` : '';
    this.tell({ type: 'warning', message: `${message}${because}` });
  }
}
