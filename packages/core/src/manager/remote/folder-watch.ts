import { type FSWatcher, watch } from 'node:fs';
import { raceAbort } from '../../util/abort.ts';
import type { Clock } from '../../util/clock.ts';
import { deferred } from '../../util/deferred.ts';

/** Watches folders from when it is made, so that no change is missed between a look at them and the wait for the next one. */
export class FolderWatch implements Disposable {
  readonly #watchers: FSWatcher[] = [];
  readonly #changed = deferred<void>();

  /** Folders that are not there, or cannot be watched, are left out. */
  constructor(folders: readonly string[]) {
    for (const folder of folders) this.#add(folder);
  }

  /** Resolves when anything has changed in one of the folders since this was made, else after `ms` milliseconds. Rejects with the signal's reason. */
  async change(ms: number, clock: Clock, signal: AbortSignal | undefined): Promise<void> {
    const over = new AbortController();
    const late = clock.sleep(ms, over.signal).catch(() => undefined); // The change came first.
    try {
      await raceAbort(Promise.race([this.#changed.promise, late]), signal);
    } finally {
      over.abort();
    }
  }

  [Symbol.dispose](): void {
    for (const watcher of this.#watchers) watcher.close();
  }

  #add(folder: string): void {
    try {
      const watcher = watch(folder, () => this.#changed.resolve());
      // Such as one that is removed: a change like any other.
      watcher.on('error', () => this.#changed.resolve());
      this.#watchers.push(watcher);
    } catch {
      // Whoever waits looks again after a while in any case.
    }
  }
}
