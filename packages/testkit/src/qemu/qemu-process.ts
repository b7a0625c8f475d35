import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { QmpClient, type QmpEvent } from './qmp-client.ts';

/** As often as QEMU is asked whether its state has been moved; only tests wait for it. */
const ASK_MS = 20;

/** What a QEMU tells of the guest in it. Nothing is told after it has ended. */
export interface QemuProcessEvents {
  /** The guest has powered itself off, and QEMU ends. */
  poweredOff(): void;
  /** The guest has reset itself, and QEMU, run with `-no-reboot`, ends. */
  reset(): void;
  /** The guest's panic notifier. */
  panicked(): void;
  /** QEMU has ended by itself. */
  failed(words: string): void;
}

/** A QEMU that is talked to by its monitor, for stand-ins that run real guests. */
export class QemuProcess {
  readonly #command: readonly string[];
  readonly #descriptors: readonly (number | null)[];
  readonly #events: QemuProcessEvents;
  #child: ChildProcess | null = null;
  #qmp: QmpClient | null = null;
  #words = '';
  #over = false;

  /** `command` has its monitor on stdio; `descriptors` are its own from 3 on. */
  constructor(command: readonly string[], descriptors: readonly (number | null)[], events: QemuProcessEvents) {
    this.#command = command;
    this.#descriptors = descriptors;
    this.#events = events;
  }

  /** Resolves when QEMU runs and takes commands; with `state`, what another one has saved, when it has taken that in. Rejects with its words. */
  async start(state: Readable | null = null): Promise<void> {
    const [program = '', ...args] = this.#command;
    const stdio: StdioOptions = ['pipe', 'pipe', 'pipe', ...this.#descriptors.map((one) => one ?? ('ignore' as const))];
    const child = spawn(program, args, { stdio });
    this.#child = child;
    const { stdin, stdout, stderr } = child;
    if (stdin === null || stdout === null || stderr === null) throw new TypeError('its stdio is piped');
    stderr.on('data', (bytes: Buffer) => {
      this.#words += bytes.toString();
    });
    const ended = new Promise<never>((_, reject) => {
      child.once('error', (error) => reject(new Error(`QEMU cannot be started: ${error.message}`)));
      child.once('close', () => reject(new Error(this.#words.trim() || 'QEMU has ended')));
    });
    ended.catch(() => undefined);
    const qmp = new QmpClient(stdout, stdin, (event) => this.#onEvent(event));
    this.#qmp = qmp;
    await Promise.race([this.#begin(qmp, state), ended]);
    child.once('close', (code, signal) => {
      if (!this.#over) this.#events.failed(`QEMU ended with ${signal ?? `code ${code}`}: ${this.#words.trim()}`);
    });
  }

  /** Resolves when the process is gone, at once when it was never there. */
  get gone(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    return new Promise((resolve) => child.once('close', () => resolve()));
  }

  async pressPowerButton(): Promise<void> {
    await this.#qmp?.execute('system_powerdown');
  }

  async suspend(): Promise<void> {
    await this.#qmp?.execute('stop');
  }

  async resume(): Promise<void> {
    await this.#qmp?.execute('cont');
  }

  /** Writes the state of the suspended guest, memory included, and ends the stream. Rejects with why it cannot. */
  async save(target: Writable): Promise<void> {
    const socket = moveSocket();
    const moved = accept(socket).then((stream) => pipeline(stream, target));
    await this.#qmp?.execute('migrate', { uri: `unix:${socket}` });
    await Promise.all([moved, this.#migrated()]);
    await rm(socket, { force: true });
  }

  /** Ends it at once; nothing is heard of it any more. */
  async end(): Promise<void> {
    this.#over = true;
    const { gone } = this;
    this.#child?.kill('SIGKILL');
    await gone;
  }

  async #begin(qmp: QmpClient, state: Readable | null): Promise<void> {
    await qmp.execute('qmp_capabilities');
    if (state === null) return;
    const socket = moveSocket();
    await qmp.execute('migrate-incoming', { uri: `unix:${socket}` });
    // QEMU hangs up as soon as it has what it needs; whether it took the state in is for the migration to say.
    await pipeline(state, await connected(socket)).catch((error: unknown) => {
      if (!isHangUp(error)) throw error;
    });
    await this.#migrated();
    await rm(socket, { force: true });
  }

  async #migrated(): Promise<void> {
    for (;;) {
      const info = (await this.#qmp?.execute('query-migrate')) as { readonly status?: string } | undefined;
      if (info?.status === 'completed') return;
      if (info?.status === 'failed') throw new Error('the state of the guest cannot be moved');
      await sleep(ASK_MS);
    }
  }

  #onEvent({ event, data }: QmpEvent): void {
    if (this.#over) return;
    switch (event) {
      case 'GUEST_PANICKED':
        this.#events.panicked();
        break;
      case 'SHUTDOWN':
        this.#over = true;
        if (data['reason'] === 'guest-reset') this.#events.reset();
        else this.#events.poweredOff();
        break;
      default:
        break;
    }
  }
}

/** Sockets have short paths, whatever the folder of the state has. */
function moveSocket(): string {
  return join(tmpdir(), `vmrs-move-${process.pid}`);
}

function isHangUp(error: unknown): boolean {
  const codes = ['ERR_STREAM_PREMATURE_CLOSE', 'EPIPE', 'ECONNRESET'];
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** The first connection to a unix socket that is made for it. */
function accept(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      server.close();
      resolve(socket);
    });
    server.once('error', reject);
    server.listen(path);
  });
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path, () => resolve(socket));
    socket.once('error', reject);
  });
}
