import { closeSync, openSync, writeSync } from 'node:fs';
import { ChApiError } from './api-error.ts';
import { checkDisk } from './disk-check.ts';
import type { Guest, GuestEvents } from './guest.ts';
import { QemuGuest } from './qemu-guest.ts';
import { ScriptedGuest } from './scripted-guest.ts';
import type { ChSettings } from './settings.ts';
import { ShareConnections } from './share-connections.ts';
import { type ChVmConfig, configProblems } from './vm-config.ts';
import { ECHO_PORT, VsockDevice } from './vsock-device.ts';

/** What a VM tells the VMM around it. */
export interface VmEvents {
  poweredOff(): void;
  reset(): void;
  panicked(): void;
  failed(words: string): void;
}

/** One VM that was started: its devices and one boot of its guest. */
export class ChVm {
  readonly config: ChVmConfig;
  readonly shares: ShareConnections = new ShareConnections();
  readonly #guest: Guest;
  readonly #vsock: VsockDevice | null;
  readonly #console: number | null;
  #over = false;

  private constructor(config: ChVmConfig, guest: Guest, vsock: VsockDevice | null, console: number | null) {
    this.config = config;
    this.#guest = guest;
    this.#vsock = vsock;
    this.#console = console;
  }

  /** Makes the devices and the guest. `boot` counts from 0; `restoreFrom` is the folder of a snapshot. Throws {@link ChApiError}; nothing is left then. */
  static async create(
    config: ChVmConfig,
    settings: ChSettings,
    boot: number,
    restoreFrom: string | null,
    events: VmEvents,
  ): Promise<ChVm> {
    const problems = configProblems(config);
    if (problems.length > 0) throw new ChApiError(['VM config validation failed', ...problems]);
    for (const disk of config.disks) await checkDisk(disk);
    const vsock = await openVsock(config);
    const console = openConsole(config);
    const print = (bytes: string | Uint8Array): void => {
      if (console !== null) writeSync(console, typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
    };
    const told: GuestEvents = { print, ...events };
    const guest =
      settings.backend === 'qemu'
        ? new QemuGuest(config, console, told, restoreFrom)
        : new ScriptedGuest(config.payload.cmdline ?? '', boot, told, { pvpanic: config.pvpanic, restoreFrom });
    const vm = new ChVm(config, guest, vsock, console);
    try {
      if (settings.backend === 'scripted') {
        for (const { id, socket } of config.fs) await vm.shares.open(id, String(socket));
      }
      await guest.start();
    } catch (error) {
      await vm.end();
      throw error;
    }
    return vm;
  }

  pressPowerButton(): Promise<void> {
    return this.#guest.pressPowerButton();
  }

  suspend(): Promise<void> {
    return this.#guest.suspend();
  }

  resume(): Promise<void> {
    return this.#guest.resume();
  }

  save(directory: string): Promise<void> {
    return this.#guest.save(directory);
  }

  /** Ends the guest and its devices; daemons see their connections end. Idempotent. */
  async end(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.#guest.end();
    this.shares.closeAll();
    this.#vsock?.close();
    if (this.#console !== null && this.config.serial.mode === 'File') closeSync(this.#console);
  }
}

async function openVsock({ vsock }: ChVmConfig): Promise<VsockDevice | null> {
  if (vsock === null) return null;
  const device = new VsockDevice((port) => port === ECHO_PORT);
  try {
    await device.listen(vsock.socket);
    return device;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new ChApiError(['Cannot create virtio-vsock backend', words]);
  }
}

/** A file is truncated at each start (`pre_create_console_devices`), stdout is not. Null: nobody listens. */
function openConsole({ serial }: ChVmConfig): number | null {
  switch (serial.mode) {
    case 'Tty':
      return process.stdout.fd;
    case 'File':
      return openSync(serial.file ?? '', 'w', 0o600);
    default:
      return null;
  }
}
