import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import {
  type AbortOptions,
  type DriverCapabilities,
  type DriverContext,
  type JsonObject,
  type Machine,
  type MachineExit,
  type MachineState,
  type ProcessIdentity,
  VmError,
  type VmProcess,
} from '@vmrs/core/driver';
import type { VmmEvent } from '../stand-in/index.ts';
import type { Sockets } from './config/stand-in-args.ts';
import { connectVsock } from './control/connect-vsock.ts';
import type { ControlClient } from './control/control-client.ts';
import type { Faults } from './faults.ts';
import { operate } from './operate.ts';

/** The file in a snapshot's folder. */
export const SNAPSHOT_FILE = 'guest.json';

/** What a machine is made of. */
export interface MachineParts {
  readonly vmm: VmProcess;
  readonly control: ControlClient;
  readonly sockets: Sockets;
  /** What the control connection reported so far and reports from now on. */
  readonly ending: EndingNote;
  readonly capabilities: DriverCapabilities;
  readonly faults: Faults;
}

/** One living stand-in VMM. */
export class FakeMachine implements Machine {
  readonly process: ProcessIdentity;
  readonly exited: Promise<MachineExit>;
  // Optional members are there exactly when the capability is; core and the conformance suite look at their presence.
  readonly requestStop?: NonNullable<Machine['requestStop']>;
  readonly terminate?: NonNullable<Machine['terminate']>;
  readonly pause?: NonNullable<Machine['pause']>;
  readonly resume?: NonNullable<Machine['resume']>;
  readonly snapshot?: NonNullable<Machine['snapshot']>;
  readonly vsock?: NonNullable<Machine['vsock']>;
  readonly operate?: NonNullable<Machine['operate']>;

  readonly #vmm: VmProcess;
  readonly #control: ControlClient;
  readonly #faults: Faults;
  #gone = false;

  constructor({ vmm, control, sockets, ending, capabilities, faults }: MachineParts) {
    this.#vmm = vmm;
    this.#control = control;
    this.#faults = faults;
    this.process = vmm.identity;
    this.exited = howItEnded(vmm, control, ending);
    void this.exited.then(() => {
      this.#gone = true;
    });
    if (capabilities.powerButton) {
      this.requestStop = async (options = {}) => {
        await faults.pass('requestStop', options.signal);
        await control.request({ do: 'power-button' }, options);
      };
    }
    if (capabilities.terminate) {
      this.terminate = async (options = {}) => {
        await faults.pass('terminate', options.signal);
        const { isOpen } = control;
        try {
          await control.request({ do: 'quit' }, options);
        } catch (error) {
          options.signal?.throwIfAborted();
          // It may be gone before its answer is on the way.
          if (!isOpen || control.isOpen) throw error;
        }
      };
    }
    if (capabilities.pause) {
      this.pause = async (options = {}) => {
        await faults.pass('pause', options.signal);
        await control.request({ do: 'pause' }, options);
      };
      this.resume = async (options = {}) => {
        await faults.pass('resume', options.signal);
        await control.request({ do: 'resume' }, options);
      };
    }
    if (capabilities.snapshot) this.snapshot = (directory, options) => this.#save(directory, options);
    if (capabilities.operations) this.operate = async (name, args) => operate(name, args);
    if (capabilities.vsock) this.vsock = (port, options) => this.#connect(sockets.vsock, port, options);
  }

  async state(options: AbortOptions = {}): Promise<MachineState> {
    if (this.#gone) return 'stopped';
    try {
      await this.#faults.pass('state', options.signal);
      return await this.#control.request({ do: 'status' }, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      throw new VmError('STATE_FAILED', {
        driver: 'fake',
        detail: 'the VMM cannot be asked',
        details: {},
        cause: error,
      });
    }
  }

  async kill(): Promise<void> {
    await this.#faults.pass('kill');
    await this.#vmm.kill();
    await this.exited;
  }

  async detach(): Promise<void> {
    await this.#faults.pass('detach');
    this.#control.close();
    this.#vmm.release();
  }

  async #save(directory: string, options: AbortOptions = {}): Promise<JsonObject> {
    await this.#faults.pass('snapshot', options.signal);
    await this.#control.request({ do: 'save', file: join(directory, SNAPSHOT_FILE) }, options);
    return { file: SNAPSHOT_FILE };
  }

  async #connect(socket: string | null, port: number, options: AbortOptions = {}): Promise<Duplex> {
    await this.#faults.pass('vsock', options.signal);
    if (socket === null) {
      const detail = 'the guest has no vsock device; boot it with vsock: true';
      throw new VmError('HYPERVISOR', { driver: 'fake', detail, details: { operation: 'vsock' } });
    }
    return connectVsock(socket, port, options);
  }
}

/** Listens to one VMM: passes on what core cannot see, and keeps why the VMM said it is ending. */
export class EndingNote {
  readonly #notify: DriverContext['notify'];
  #reason: MachineExit['reason'] | null = null;

  constructor(notify: DriverContext['notify']) {
    this.#notify = notify;
  }

  /** What the VMM said, or null when it said nothing. */
  get reason(): MachineExit['reason'] | null {
    return this.#reason;
  }

  readonly onEvent = (event: VmmEvent): void => {
    switch (event.event) {
      case 'paused':
      case 'resumed':
      case 'reset':
      case 'panicked':
        this.#notify({ type: event.event });
        break;
      case 'ending':
        this.#reason = REASONS[event.reason];
        break;
    }
  };
}

const REASONS = { 'power-off': 'guest', panic: 'panic', quit: 'host' } as const;

async function howItEnded(vmm: VmProcess, control: ControlClient, ending: EndingNote): Promise<MachineExit> {
  const { code, signal, known } = await vmm.exited;
  // The VMM's last words may still be on their way; the connection ends with the process.
  await control.closed;
  return { reason: ending.reason ?? (known ? 'host' : 'unknown'), code, signal };
}
