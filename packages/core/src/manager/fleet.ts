import type { Logger, VmDriver } from '../contract/index.ts';
import { VmError } from '../errors/index.ts';
import type { VmState } from '../state/index.ts';

import type { Clock } from '../util/clock.ts';
import type { Keep } from './options/keep.ts';
import { EventHub, type SubscribeOptions } from './runtime/event-hub.ts';
import type { EndState } from './runtime/exit-verdict.ts';
import type { VmFiles } from './runtime/runtime-options.ts';
import type { ManagerEvent } from './runtime/vm-event.ts';
import { VmRuntime } from './runtime/vm-runtime.ts';
import { stop } from './stop/stop.ts';
import { idOf, type VmKey } from './vm-key.ts';

/** What all VMs of one manager have in common. */
export interface FleetOptions {
  readonly keep: Keep;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The VMs that one manager has in hand, by name, from when a name is taken until everything of it is cleaned up or let go of. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #live = new Map<string, VmRuntime>();
  /** Those in hand, and those that have ended and of which others are still being told. */
  readonly #all = new Set<VmRuntime>();
  readonly #hub = new EventHub<ManagerEvent>();

  constructor(options: FleetOptions) {
    this.#options = options;
  }

  /** The VM of that name if it is in hand. */
  find(key: VmKey): VmRuntime | undefined {
    return this.#live.get(idOf(key));
  }

  /** Takes the name within this process; from here on every query answers, and no second boot of the name can begin. Throws `ALREADY_EXISTS`. */
  reserve(key: VmKey, instanceId: string, driver: VmDriver): VmRuntime {
    const present = this.find(key);
    if (present !== undefined) {
      const state = present.cell.current.status;
      throw new VmError('ALREADY_EXISTS', { vm: key.name, detail: `it is ${state}`, details: { state } });
    }
    const runtime = this.#runtime(key, instanceId, driver, { status: 'starting' });
    const { ended, finished } = runtime.life;
    this.#live.set(idOf(key), runtime);
    this.#all.add(runtime);
    // The name is free when the VM has ended, also if others are still being told of it.
    const free = (): boolean => this.#live.get(idOf(key)) === runtime && this.#live.delete(idOf(key));
    void ended.promise.then(free);
    void finished.promise.then(free).then(() => this.#all.delete(runtime));
    return runtime;
  }

  /** A VM that had ended before anybody looked; it takes no name. */
  ended(key: VmKey, driver: VmDriver, files: VmFiles, state: EndState): VmRuntime {
    const runtime = this.#runtime(key, files.record.instanceId, driver, state, files);
    void runtime.hasEnded(state);
    return runtime;
  }

  /** The present state of each VM, then everything that happens to them. */
  events(options: SubscribeOptions): AsyncIterableIterator<ManagerEvent> {
    const at = new Date(this.#options.clock.now()).toISOString();
    const now = [...this.#live.values()].map(
      ({ key, cell }): ManagerEvent => ({ vm: key, type: 'state', at, state: cell.current }),
    );
    return this.#hub.subscribe(now, options);
  }

  /** Lets go of all, and stops those that are attached; resolves when that is done. A start that is under way is given up, a stop is finished. */
  async close(): Promise<void> {
    await Promise.all([...this.#all].map(leave));
    this.#hub.close();
  }

  #runtime(key: VmKey, instanceId: string, driver: VmDriver, initial: VmState, remains?: VmFiles): VmRuntime {
    return new VmRuntime(key, initial, {
      ...this.#options,
      instanceId,
      driver,
      onEvent: (event) => this.#hub.publish({ ...event, vm: key }),
      ...(remains === undefined ? {} : { remains }),
    });
  }
}

async function leave(runtime: VmRuntime): Promise<void> {
  if (runtime.machineOrNull === null) runtime.killed.abort(new Error('the manager is closed'));
  else if (runtime.home.knownRecord.lifetime === 'attached') await endWithManager(runtime);
  else await runtime.detach();
  await runtime.life.finished.promise;
}

async function endWithManager(runtime: VmRuntime): Promise<void> {
  try {
    await stop(runtime);
  } catch (error) {
    // It still ends with this process.
    runtime.warn('it is attached to this manager and cannot be stopped', error);
    await runtime.detach();
  }
}
