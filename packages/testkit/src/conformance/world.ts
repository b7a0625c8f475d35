import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BootOptions, type Keep, type Vm, type VmConfig, VmManager } from '@vmrs/core';
import type { Machine } from '@vmrs/core/driver';
import { ObservedDriver, type Session } from './observed-driver.ts';
import { MARK, markedProcesses, signalFromOutside } from './outside/processes.ts';
import { SkippedError } from './skipped-error.ts';
import { type ConformanceSubject, type GuestKind, isMissing } from './subject.ts';

const DEFAULT_GUEST_MS = 30_000;
const DEFAULT_CYCLES = 3;
/** How long managers get to let go of what a check left, before their files are removed under them. */
const CLOSE_MS = 5_000;

/** A manager with the driver under test in it. */
export interface Controller {
  readonly manager: VmManager;
  readonly driver: ObservedDriver;
}

/** What one check works in: folders of its own, processes that can be told from all others, and an end that leaves nothing. */
export class World implements AsyncDisposable {
  readonly subject: ConformanceSubject;
  /** Unique; in the environment of every process that the check starts, directly or not. */
  readonly mark: string = randomUUID();
  readonly root: string;
  readonly stateDir: string;
  readonly runtimeDir: string;
  /** What the check itself needs: snapshots, disks. */
  readonly filesDir: string;
  /** The temporary directory of this process and its children while the check runs. */
  readonly tempDir: string;

  readonly #managers: VmManager[] = [];
  readonly #before: Readonly<Record<string, string | undefined>>;
  #names = 0;

  private constructor(subject: ConformanceSubject, root: string) {
    this.subject = subject;
    this.root = root;
    this.stateDir = join(root, 's');
    this.runtimeDir = join(root, 'r');
    this.filesDir = join(root, 'f');
    this.tempDir = join(root, 't');
    this.#before = { [MARK]: process.env[MARK], TMPDIR: process.env['TMPDIR'] };
  }

  static async create(subject: ConformanceSubject): Promise<World> {
    // Short, because sockets lie below it; resolved, because the temporary directory is a link on macOS.
    const world = new World(subject, await realpath(await mkdtemp(join(tmpdir(), 'vc-'))));
    await mkdir(world.filesDir);
    await mkdir(world.tempDir);
    process.env[MARK] = world.mark;
    process.env['TMPDIR'] = world.tempDir;
    return world;
  }

  /** How long a guest may take for anything. */
  get guestMs(): number {
    return this.subject.guestTimeoutMs ?? DEFAULT_GUEST_MS;
  }

  get leakCycles(): number {
    return this.subject.leakCycles ?? DEFAULT_CYCLES;
  }

  /** A further manager on the folders of this world, with a driver of its own. */
  async open(options: { readonly keep?: Keep } = {}): Promise<Controller> {
    const driver = new ObservedDriver(this.subject.createDriver());
    const { stateDir, runtimeDir } = this;
    const manager = await VmManager.open({ drivers: [driver], stateDir, runtimeDir, ...options });
    this.#managers.push(manager);
    return { manager, driver };
  }

  /** The configuration of a guest of that kind, under a name of its own. Skips the check when the subject has none. */
  async config(kind: GuestKind, overrides: Partial<VmConfig> = {}): Promise<VmConfig> {
    const config = await this.subject.config(kind);
    if (isMissing(config)) throw new SkippedError(config);
    this.#names += 1;
    return { ...config, name: `${kind}-${this.#names}`, ...overrides };
  }

  /** Boots a guest of that kind; waits for its marker where it writes one. */
  async boot(
    { manager }: Controller,
    kind: GuestKind,
    overrides: Partial<VmConfig> = {},
    options: BootOptions = {},
  ): Promise<Vm> {
    const vm = await manager.boot(await this.config(kind, overrides), options);
    if (kind === 'ready' || kind === 'ignores-power-button') await vm.ready({ timeoutMs: this.guestMs });
    return vm;
  }

  /** Processes that the check started, directly or not, and that live. As `pid command`. */
  async processes(): Promise<readonly string[]> {
    return (await markedProcesses(this.mark)).map(({ pid, command }) => `${pid} ${command}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#endProcesses();
    const closed = Promise.all(this.#managers.map((manager) => manager.close()));
    const bound = new AbortController();
    const late = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, CLOSE_MS);
      bound.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    try {
      await Promise.race([closed, late]);
    } finally {
      bound.abort();
      for (const [name, value] of Object.entries(this.#before)) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      await this.#endProcesses();
      await rm(this.root, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  async #endProcesses(): Promise<void> {
    for (const { pid } of await markedProcesses(this.mark)) {
      signalFromOutside(pid, 'SIGCONT');
      signalFromOutside(pid, 'SIGKILL');
    }
  }
}

/** The driver's own machine of `vm`. */
export function machineOf({ driver }: Controller, vm: Vm): Machine {
  return driver.machine(vm.instanceId);
}

/** What happened between core and the driver for `vm`. */
export function sessionOf({ driver }: Controller, vm: Vm): Session {
  return driver.session(vm.instanceId);
}
