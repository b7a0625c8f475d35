import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { QemuProcess } from '../qemu/qemu-process.ts';
import { ChApiError } from './api-error.ts';
import type { Guest, GuestEvents } from './guest.ts';
import { qemuCommand } from './qemu-command.ts';
import type { ChVmConfig } from './vm-config.ts';

/** File of a snapshot that holds QEMU's state, memory included. */
const STATE_FILE = 'qemu-state';

/** A real guest, run by QEMU in software. A reset of it begins a new QEMU, as Cloud Hypervisor makes its devices anew. */
export class QemuGuest implements Guest {
  readonly #qemu: QemuProcess;
  readonly #restoreFrom: string | null;

  constructor(config: ChVmConfig, console: number | null, events: GuestEvents, restoreFrom: string | null) {
    this.#qemu = new QemuProcess(qemuCommand(config, restoreFrom), [console], events);
    this.#restoreFrom = restoreFrom;
  }

  async start(): Promise<void> {
    const state = this.#restoreFrom === null ? null : createReadStream(join(this.#restoreFrom, STATE_FILE));
    await inItsWords(this.#qemu.start(state));
  }

  async pressPowerButton(): Promise<void> {
    await this.#qemu.pressPowerButton();
  }

  async suspend(): Promise<void> {
    await this.#qemu.suspend();
  }

  async resume(): Promise<void> {
    await this.#qemu.resume();
  }

  async save(directory: string): Promise<void> {
    await inItsWords(this.#qemu.save(createWriteStream(join(directory, STATE_FILE), { flags: 'wx', mode: 0o600 })));
  }

  async end(): Promise<void> {
    await this.#qemu.end();
  }
}

/** What QEMU says, as an answer of the API. */
async function inItsWords(work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    throw new ChApiError([error instanceof Error ? error.message : String(error)]);
  });
}
