import { setTimeout as sleep } from 'node:timers/promises';
import { ChApiError } from './api-error.ts';
import type { EventMonitor } from './event-monitor.ts';
import type { ChLog } from './log.ts';
import type { ChSettings } from './settings.ts';
import { readSnapshot, writeSnapshot } from './snapshot-files.ts';
import type { ChDialect } from './versions.ts';
import { ChVm } from './vm.ts';
import { type ChDevice, type ChVmConfig, configProblems, readVmConfig } from './vm-config.ts';

/** States of `vm.info`. */
type State = 'Created' | 'Running' | 'Paused';

/** How long memory takes to be loaded in the background after a restore on demand. */
const LOADING_MS = 400;

/** How long a guest takes to let a device go. */
const EJECT_MS = 50;

/** What the VMM is made of. */
export interface VmmParts {
  readonly settings: ChSettings;
  readonly dialect: ChDialect;
  readonly events: EventMonitor;
  readonly log: ChLog;
  /** Ends the process in order, with a code. */
  exit(code: number): void;
}

/** Cloud Hypervisor behind its API: at most one VM, and what may be done with it when. */
export class StandInVmm {
  readonly #parts: VmmParts;
  #config: ChVmConfig | null = null;
  #state: State = 'Created';
  #vm: ChVm | null = null;
  #boots = 0;
  #loadedAt = 0;
  #over = false;

  constructor(parts: VmmParts) {
    this.#parts = parts;
  }

  create(body: unknown): void {
    if (this.#config !== null) throw refusal('The VM could not be created', 'VM is already created');
    this.#config = readVmConfig(body);
    this.#state = 'Created';
  }

  async delete(): Promise<void> {
    await this.#vm?.end();
    this.#vm = null;
    if (this.#config !== null) this.#parts.events.tell('vm', 'deleted');
    this.#config = null;
  }

  async boot(): Promise<void> {
    const { events } = this.#parts;
    const config = this.#created('The VM could not boot');
    if (this.#vm !== null) throw refusal('The VM could not boot', 'VM is already running');
    events.tell('vm', 'booting');
    await this.#start(config, null).catch((error: unknown) => {
      throw chained('The VM could not boot', error);
    });
    this.#state = 'Running';
    events.tell('vm', 'booted');
    this.#exitLater();
  }

  /** An immediate stop; the configuration stays. */
  async shutdown(): Promise<void> {
    this.#running('The VM could not shutdown');
    await this.#vm?.end();
    this.#vm = null;
    this.#state = 'Created';
    this.#parts.events.tell('vm', 'shutdown');
  }

  /** In the same process; devices are made anew. */
  async reboot(): Promise<void> {
    const { events } = this.#parts;
    const config = this.#created('The VM could not reboot');
    events.tell('vm', 'rebooting');
    await this.#vm?.end();
    this.#boots += 1;
    await this.#start(config, null);
    this.#state = 'Running';
    events.tell('vm', 'rebooted');
  }

  async pressPowerButton(): Promise<void> {
    this.#running('The power button could not be pressed');
    await this.#vm?.pressPowerButton();
  }

  async pause(): Promise<void> {
    const vm = this.#running('The VM could not be paused');
    this.#change('Running', 'Paused', 'The VM could not be paused');
    this.#parts.events.tell('vm', 'pausing');
    await vm.suspend();
    this.#parts.events.tell('vm', 'paused');
  }

  async resume(): Promise<void> {
    const vm = this.#running('The VM could not resume');
    this.#change('Paused', 'Running', 'The VM could not resume');
    this.#parts.events.tell('vm', 'resuming');
    await vm.resume();
    this.#parts.events.tell('vm', 'resumed');
  }

  async snapshot(body: unknown): Promise<void> {
    const what = 'The VM could not be snapshotted';
    const vm = this.#running(what);
    if (performance.now() < this.#loadedAt) throw refusal(what, 'VM on-demand memory restore is still in progress');
    if (this.#state !== 'Paused') throw refusal(what, 'Cannot snapshot VM', 'Trying to snapshot while VM is running');
    if (vm.config.fs.length > 0) throw refusal(what, 'Cannot snapshot VM', 'vhost-user device state is not supported');
    this.#parts.events.tell('vm', 'snapshotting');
    try {
      await writeSnapshot(text(body, 'destination_url'), vm);
    } catch (error) {
      throw chained(what, error);
    }
    this.#parts.events.tell('vm', 'snapshotted');
  }

  async restore(body: unknown): Promise<void> {
    const { dialect, events } = this.#parts;
    const what = 'The VM could not be restored';
    if (this.#config !== null) throw refusal(what, 'VM is already created');
    const onDemand = member(body, 'memory_restore_mode') === 'OnDemand' && dialect.restoresOnDemand;
    this.#parts.log.info(`API request event: VmRestore ${restoreWords(body)}`);
    const directory = text(body, 'source_url').replace(/^file:\/\//, '');
    events.tell('vm', 'restoring');
    try {
      const config = readVmConfig(await readSnapshot(directory, onDemand));
      await this.#start(config, directory);
      this.#config = config;
    } catch (error) {
      throw chained(what, error);
    }
    this.#state = 'Paused';
    if (onDemand && dialect.loadsInBackground) this.#loadedAt = performance.now() + LOADING_MS;
    events.tell('vm', 'restored');
    if (member(body, 'resume') === true) await this.resume();
  }

  resize(body: unknown): void {
    const what = 'The VM could not be resized';
    const { config } = this.#running(what);
    const cpus = member(body, 'desired_vcpus');
    if (typeof cpus === 'number' && cpus > config.cpus.max_vcpus) {
      throw refusal(what, 'Cannot resize VM', 'Requested vCPUs exceed maximum');
    }
    this.#parts.events.tell('vm', 'resizing');
    this.#parts.events.tell('vm', 'resized');
  }

  /** Adds a device to a section of the configuration; answers with its id and address when the VM runs. */
  async addDevice(section: 'disks' | 'net' | 'fs', body: unknown): Promise<object | null> {
    const what = `The ${section} device could not be added to the VM`;
    const config = this.#created(what);
    const raw = { ...config.raw, [section]: [...config[section], body] };
    const next = readVmConfig(raw);
    const [device] = next[section].slice(-1);
    const problems = configProblems(next);
    if (problems.length > 0) throw refusal(what, 'VM config validation failed', ...problems);
    if (device !== undefined && section === 'fs') await this.#vm?.shares.open(device.id, String(device['socket']));
    this.#config = next;
    return this.#vm === null || device === undefined ? null : { id: device.id, bdf: '0000:00:06.0' };
  }

  /** Only asks the guest; it has let go when the event says so. */
  removeDevice(body: unknown): void {
    const { settings, events, dialect } = this.#parts;
    const what = 'The device could not be removed from the VM';
    const config = this.#created(what);
    const id = text(body, 'id');
    if (![...config.disks, ...config.net, ...config.fs].some((device) => device.id === id)) {
      throw new ChApiError(['Error from API', what, `Unknown device id: ${id}`], dialect.saysBadConfig ? 404 : 500);
    }
    if (settings.faults.keepsDevices === true || this.#state === 'Paused') return;
    void sleep(EJECT_MS).then(() => {
      const without = (devices: readonly ChDevice[]): readonly ChDevice[] => devices.filter((one) => one.id !== id);
      const { disks, net, fs } = config;
      this.#config = readVmConfig({ ...config.raw, disks: without(disks), net: without(net), fs: without(fs) });
      this.#vm?.shares.close(id);
      events.tell('vm', 'device-removed', { id, bdf: '0000:00:06.0' });
    });
  }

  info(): object {
    const config = this.#created('The VM info is not available');
    const devices = [...config.disks, ...config.net, ...config.fs];
    return {
      config: config.raw,
      state: this.#state,
      memory_actual_size: config.memory.size,
      device_tree: Object.fromEntries(devices.map(({ id }) => [id, { id, resources: [], children: [] }])),
    };
  }

  counters(): object {
    const { config } = this.#running('The VM counters are not available');
    return Object.fromEntries(config.disks.map(({ id }) => [id, { read_bytes: 0, write_bytes: 0 }]));
  }

  nmi(): void {
    this.#running('The NMI could not be sent');
  }

  /** Deletes the VM; the process ends after the answer. */
  async end(word: 'VM exit event' | null): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    if (word !== null) this.#parts.log.info(word);
    await this.delete();
    this.#parts.events.tell('vmm', 'shutdown');
    this.#parts.log.info('Cloud Hypervisor exited successfully');
    this.#parts.exit(0);
  }

  async #start(config: ChVmConfig, restoreFrom: string | null): Promise<void> {
    const { settings, events, log } = this.#parts;
    this.#vm = await ChVm.create(config, settings, this.#boots, restoreFrom, {
      poweredOff: () => {
        log.info('VM guest exit event');
        void this.end(null);
      },
      reset: () => {
        log.info('VM reset event');
        void this.reboot().catch((error: unknown) => {
          log.error(`VM reboot failed: ${String(error)}`);
          this.#parts.exit(1);
        });
      },
      panicked: () => events.tell('guest', 'panic', { event: 'Panic' }),
      // A virtual CPU that fails ends the VMM, with code 0.
      failed: (words) => {
        log.error(`VCPU generated error: ${words}`);
        void this.end('VM exit event');
      },
    });
  }

  #exitLater(): void {
    const { exitAfterBoot } = this.#parts.settings.faults;
    if (exitAfterBoot === undefined) return;
    setTimeout(() => process.exit(exitAfterBoot.code), exitAfterBoot.afterMs);
  }

  /** The configuration. Throws when there is none. */
  #created(what: string): ChVmConfig {
    if (this.#config !== null) return this.#config;
    throw new ChApiError(['Error from API', what, 'VM is not created'], this.#parts.dialect.saysNotFound ? 404 : 500);
  }

  /** The started VM. Throws when there is none. */
  #running(what: string): ChVm {
    if (this.#vm !== null) return this.#vm;
    throw refusal(what, 'VM is not running');
  }

  #change(from: State, to: State, what: string): void {
    if (this.#state !== from) throw refusal(what, `invalid VM state transition: ${this.#state} to ${to}`);
    this.#state = to;
  }
}

/** `ApiError` wraps each of them once more. */
function refusal(...chain: readonly string[]): ChApiError {
  return new ChApiError(['Error from API', ...chain]);
}

function chained(what: string, error: unknown): ChApiError {
  if (error instanceof ChApiError && error.chain[0] === 'Error from API') return error;
  const chain = error instanceof ChApiError ? error.chain : [error instanceof Error ? error.message : String(error)];
  return refusal(what, ...chain);
}

/** As the API logs what it is asked. */
function restoreWords(body: unknown): string {
  const mode = member(body, 'memory_restore_mode');
  return typeof mode === 'string' ? `RestoreConfig { memory_restore_mode: ${mode} }` : 'RestoreConfig {}';
}

function member(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>)[name] : undefined;
}

function text(body: unknown, name: string): string {
  const value = member(body, name);
  if (typeof value === 'string') return value;
  throw new ChApiError(['Failed to deserialize JSON', `missing field \`${name}\``], 400);
}
