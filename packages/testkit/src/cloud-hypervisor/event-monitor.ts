import { appendFileSync, writeFileSync } from 'node:fs';

/** Writes events as Cloud Hypervisor's `event_monitor` crate does: indented JSON of several lines, then an empty one. */
export class EventMonitor {
  readonly #path: string | null;
  readonly #since: number = performance.now();

  /** The file is made anew; null: nobody listens. */
  constructor(path: string | null) {
    this.#path = path;
    if (path !== null) writeFileSync(path, '', { mode: 0o600 });
  }

  /** Tells of something. */
  tell(source: string, event: string, properties: Readonly<Record<string, string>> | null = null): void {
    if (this.#path === null) return;
    const ms = performance.now() - this.#since;
    const timestamp = { secs: Math.floor(ms / 1000), nanos: Math.floor((ms % 1000) * 1_000_000) };
    appendFileSync(this.#path, `${JSON.stringify({ timestamp, source, event, properties }, null, 2)}\n\n`);
  }
}
