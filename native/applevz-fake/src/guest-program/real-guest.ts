import { closeSync, createReadStream, createWriteStream } from 'node:fs';
import { QemuProcess } from '@vmrs/testkit/qemu';
import type { Description, GuestEvent, Request } from './description.ts';
import { qemuCommand } from './qemu-command.ts';
import { ShareDaemons } from './share-daemons.ts';

/** A guest that QEMU runs. */
export class RealGuest {
  readonly #machine: Description;
  readonly #console: number;
  readonly #tell: (event: GuestEvent) => void;
  #qemu: QemuProcess | null = null;
  #daemons: ShareDaemons | null = null;

  /** `console`: descriptor of a socket on which the guest's console is. It is QEMU's alone from the start on, so that its other end sees when QEMU has gone. */
  constructor(machine: Description, console: number, tell: (event: GuestEvent) => void) {
    this.#machine = machine;
    this.#console = console;
    this.#tell = tell;
  }

  /** Does what is asked. Rejects with why it cannot. */
  async do(request: Request): Promise<void> {
    switch (request.do) {
      case 'start':
        return this.#start(null);
      case 'restore':
        return this.#start(createReadStream(request.path, { start: request.offset }));
      case 'suspend':
        return this.#qemu?.suspend();
      case 'resume':
        return this.#qemu?.resume();
      case 'power-button':
        return this.#qemu?.pressPowerButton();
      case 'save':
        return this.#qemu?.save(createWriteStream(request.path, { flags: 'a' }));
      case 'end':
        return this.end();
    }
  }

  /** Ends the guest at once. */
  async end(): Promise<void> {
    await this.#qemu?.end();
    await this.#daemons?.end();
  }

  async #start(state: ReturnType<typeof createReadStream> | null): Promise<void> {
    if (this.#machine.kernel === null) throw new Error('the double boots EFI guests by script only, not in QEMU');
    const daemons = await ShareDaemons.start(this.#machine.shares);
    this.#daemons = daemons;
    const options = { console: this.#console, shares: daemons.sockets, incoming: state !== null };
    const { command, descriptors } = qemuCommand(this.#machine, options);
    const qemu: QemuProcess = new QemuProcess(command, descriptors, {
      poweredOff: () => void qemu.gone.then(() => this.#tell({ event: 'powered-off' })),
      failed: (words) => this.#tell({ event: 'failed', words }),
      // Neither happens: the guest is reset within QEMU, and the machine has no panic notifier.
      reset: () => undefined,
      panicked: () => undefined,
    });
    this.#qemu = qemu;
    const started = qemu.start(state);
    closeSync(this.#console);
    await started;
    await daemons.connected();
  }
}
