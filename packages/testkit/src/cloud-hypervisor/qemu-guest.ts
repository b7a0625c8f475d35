import { type ChildProcess, spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChApiError } from './api-error.ts';
import type { Guest, GuestEvents } from './guest.ts';
import { qemuCommand } from './qemu-command.ts';
import { QmpClient, type QmpEvent } from './qmp-client.ts';
import type { ChVmConfig } from './vm-config.ts';

/** File of a snapshot that holds QEMU's state, memory included. */
const STATE_FILE = 'qemu-state';

/** As often as QEMU is asked whether its state has been moved; only tests wait for it. */
const ASK_MS = 20;

/** A real guest, run by QEMU in software. A reset of it begins a new QEMU, as Cloud Hypervisor makes its devices anew. */
export class QemuGuest implements Guest {
  readonly #config: ChVmConfig;
  readonly #console: number | null;
  readonly #events: GuestEvents;
  readonly #restoreFrom: string | null;
  #child: ChildProcess | null = null;
  #qmp: QmpClient | null = null;
  #words = '';
  #over = false;

  constructor(config: ChVmConfig, console: number | null, events: GuestEvents, restoreFrom: string | null) {
    this.#config = config;
    this.#console = console;
    this.#events = events;
    this.#restoreFrom = restoreFrom;
  }

  async start(): Promise<void> {
    const [program = '', ...args] = qemuCommand(this.#config, this.#restoreFrom);
    const child = spawn(program, [...args], { stdio: ['pipe', 'pipe', 'pipe', this.#console ?? 'ignore'] });
    this.#child = child;
    const { stdin, stdout, stderr } = child;
    if (stdin === null || stdout === null || stderr === null) throw new TypeError('its stdio is piped');
    stderr.on('data', (bytes: Buffer) => {
      this.#words += bytes.toString();
    });
    const ended = new Promise<never>((_, reject) => {
      child.once('error', (error) => reject(new ChApiError([`QEMU cannot be started: ${error.message}`])));
      child.once('close', () => reject(new ChApiError([this.#words.trim() || 'QEMU has ended'])));
    });
    ended.catch(() => undefined);
    const qmp = new QmpClient(stdout, stdin, (event) => this.#onEvent(event));
    this.#qmp = qmp;
    await Promise.race([this.#begin(qmp), ended]);
    child.once('close', (code, signal) => {
      if (!this.#over) this.#events.failed(`QEMU ended with ${signal ?? `code ${code}`}: ${this.#words.trim()}`);
    });
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

  async save(directory: string): Promise<void> {
    const socket = moveSocket();
    const file = createWriteStream(join(directory, STATE_FILE), { flags: 'wx', mode: 0o600 });
    const moved = accept(socket).then((stream) => pipeline(stream, file));
    await this.#qmp?.execute('migrate', { uri: `unix:${socket}` });
    await Promise.all([moved, this.#migrated()]);
    await rm(socket, { force: true });
  }

  async end(): Promise<void> {
    this.#over = true;
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGKILL');
    await closed;
  }

  async #begin(qmp: QmpClient): Promise<void> {
    await qmp.execute('qmp_capabilities');
    if (this.#restoreFrom === null) return;
    const socket = moveSocket();
    const source = createReadStream(join(this.#restoreFrom, STATE_FILE));
    await qmp.execute('migrate-incoming', { uri: `unix:${socket}` });
    // QEMU hangs up as soon as it has what it needs; whether it took the state in is for the migration to say.
    await pipeline(source, await connected(socket)).catch((error: unknown) => {
      if (!isHangUp(error)) throw error;
    });
    await this.#migrated();
    await rm(socket, { force: true });
  }

  async #migrated(): Promise<void> {
    for (;;) {
      const info = (await this.#qmp?.execute('query-migrate')) as { readonly status?: string } | undefined;
      if (info?.status === 'completed') return;
      if (info?.status === 'failed') throw new ChApiError(['the state of the guest cannot be moved']);
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

/** Sockets have short paths, whatever the folder of the snapshot has. */
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
