import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { type FakeSettings, fakeAddonEnvironment, readCounterLog } from '@vmrs/applevz-fake';
import { systemClock } from '@vmrs/core/driver';
import { connectHost } from '../../src/control/host-client.ts';
import type { HostEvent, HostLink, HowItEnded } from '../../src/control/protocol.ts';
import { type Hook, VmFolder } from './vm-folder.ts';

const PROGRAM = createRequire(import.meta.url).resolve('#host');

/** A host's process. */
export type HostChild = ChildProcessByStdio<null, Readable, Readable>;

/** How a process ended. */
export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A link, and what it was told. */
export interface Controller extends HostLink {
  readonly events: readonly HostEvent[];
}

/** A host, and a controller of it. */
export interface ConnectedHost {
  readonly child: HostChild;
  readonly exited: Promise<Exit>;
  readonly controller: Controller;
}

/** What differs from a usual host. */
export interface HostOptions {
  readonly settings?: FakeSettings;
  /** The file that is loaded as the addon. Default: the double. */
  readonly addon?: string;
  /** Descriptors that the host inherits as 3, 4, ... Default: none. */
  readonly fds?: readonly number[];
}

/** Host processes in the folder of one VM, which are gone with it. */
export class HostUnderTest implements AsyncDisposable {
  readonly folder: VmFolder;
  readonly #addon: string;
  readonly #children: ChildProcess[] = [];
  #stderr = '';
  #lastEnd = new AbortController();

  private constructor(folder: VmFolder, addon: string) {
    this.folder = folder;
    this.#addon = addon;
  }

  /** `addon`: the double. */
  static async prepare(addon: string): Promise<HostUnderTest> {
    return new HostUnderTest(await VmFolder.make(), addon);
  }

  /** What the hosts have written to stderr. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Starts a host. */
  start({ settings = {}, addon = this.#addon, fds = [] }: HostOptions = {}): HostChild {
    const { socket, vsock } = this.folder;
    return this.run(['--socket', socket, '--vsock', vsock, '--addon', addon], settings, fds);
  }

  /** Runs the host program. */
  run(args: readonly string[], settings: FakeSettings = {}, fds: readonly number[] = []): HostChild {
    const double = { ...settings, arch: 'arm64', log: this.folder.counterLog } as const;
    const child = spawn(process.execPath, ['--conditions=@vmrs/source', PROGRAM, ...args], {
      stdio: ['ignore', 'pipe', 'pipe', ...fds],
      env: { ...process.env, ...fakeAddonEnvironment(double), VMRS_DOUBLE: this.#addon },
    }) as HostChild;
    child.stderr.on('data', (chunk) => {
      this.#stderr += String(chunk);
    });
    const end = new AbortController();
    this.#lastEnd = end;
    child.once('close', (code) => end.abort(new Error(`the host has ended with code ${code}: ${this.#stderr}`)));
    this.#children.push(child);
    return child;
  }

  /** Connects to the host that was started last. */
  async connect(): Promise<Controller> {
    const events: HostEvent[] = [];
    const context = { vm: 'web', signal: this.#lastEnd.signal, clock: systemClock };
    const link = await connectHost(this.folder.socket, context, (event) => events.push(event));
    return Object.assign(link, { events });
  }

  /** Starts a host and connects to it. */
  async connected(options: HostOptions = {}): Promise<ConnectedHost> {
    const child = this.start(options);
    const exited = exitOfProcess(child);
    return { child, exited, controller: await this.connect() };
  }

  /** Starts a host and a machine with a scripted guest in it. */
  async running(hooks: readonly Hook[] = [], options: HostOptions = {}): Promise<ConnectedHost> {
    const host = await this.connected(options);
    await host.controller.call('create', { spec: await this.folder.spec(hooks) });
    await host.controller.call('start', {});
    return host;
  }

  /** Throws when a host that has exited by itself has used a machine off its queue, or let one live. */
  async checkCounters(): Promise<void> {
    for (const { pid, offQueue, alive } of await readCounterLog(this.folder.counterLog)) {
      if (offQueue !== 0 || alive !== 0)
        throw new Error(`host ${pid}: ${offQueue} calls off the queue, ${alive} alive`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
    }
    await this.checkCounters();
    await this.folder[Symbol.asyncDispose]();
  }
}

/** Resolves with how a process ended, and everything that it wrote was read. */
export async function exitOfProcess(child: ChildProcess): Promise<Exit> {
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal };
}

/** How the machine ended, as a controller was told. */
export function endTold(controller: Controller): HowItEnded | undefined {
  const last = controller.events.at(-1);
  return last?.event === 'ended' ? last.how : undefined;
}

/** Resolves when a controller was told something that `wanted` holds for. */
export async function told(controller: Controller, wanted: HostEvent['event']): Promise<void> {
  while (!controller.events.some(({ event }) => event === wanted))
    await new Promise((resolve) => setImmediate(resolve));
}
