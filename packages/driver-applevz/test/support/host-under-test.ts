import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { systemClock } from '@vmrs/core/driver';
import { connectHost } from '../../src/control/host-client.ts';
import type { HostEvent, HostLink, HowItEnded, WireMachineSpec } from '../../src/control/protocol.ts';

const ADDON = createRequire(import.meta.url).resolve('../fixtures/memory-addon.ts');
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

/** A folder for a VM's files, and host processes in it, which are gone with it. */
export class HostUnderTest implements AsyncDisposable {
  readonly folder: string;
  readonly socket: string;
  readonly vsock: string;
  readonly serialLog: string;
  readonly #children: HostChild[] = [];
  #stderr = '';

  private constructor(folder: string) {
    this.folder = folder;
    this.socket = join(folder, 'host.sock');
    this.vsock = join(folder, 'vsock.sock');
    this.serialLog = join(folder, 'serial.log');
  }

  /** The folder alone. */
  static async prepare(): Promise<HostUnderTest> {
    return new HostUnderTest(await mkdtemp(join(tmpdir(), 'vmrs-host-')));
  }

  /** What the hosts have written to stderr. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Starts a host; resolves with its process. */
  start(args: readonly string[] = ['--socket', this.socket, '--vsock', this.vsock]): HostChild {
    const child = spawn(process.execPath, ['--conditions=@vmrs/source', PROGRAM, ...args, '--addon', ADDON], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr.on('data', (chunk) => {
      this.#stderr += String(chunk);
    });
    this.#children.push(child);
    return child;
  }

  /** Connects to it. */
  async connect(): Promise<Controller> {
    const events: HostEvent[] = [];
    const context = { vm: 'web', signal: AbortSignal.timeout(20_000), clock: systemClock };
    const link = await connectHost(this.socket, context, (event) => events.push(event));
    return Object.assign(link, { events });
  }

  /** A machine whose guest does `steps`. */
  async spec(steps: readonly string[], init: Partial<WireMachineSpec> = {}): Promise<WireMachineSpec> {
    const kernel = join(this.folder, 'kernel');
    await writeFile(kernel, steps.map((step) => `${step}\n`).join(''));
    return {
      label: 'web',
      boot: { kind: 'linux', kernel, initramfs: null, cmdline: 'console=hvc0' },
      cpus: 1,
      memoryBytes: 2 ** 29,
      machineId: null,
      nestedVirtualization: false,
      disks: [],
      networks: [],
      shares: [],
      serialLog: this.serialLog,
      vsock: false,
      ...init,
    };
  }

  /** The guest's console so far. */
  console(): Promise<string> {
    return readFile(this.serialLog, 'utf8');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit');
        child.kill('SIGKILL');
        await exited;
      }
    }
    await rm(this.folder, { recursive: true, force: true });
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
