import {
  type AbortOptions,
  type Clock,
  type Machine,
  type MachineExit,
  type MachineState,
  type ProcessIdentity,
  VmError,
  type VmProcess,
} from '@vmrs/core/driver';
import { within } from '@vmrs/driver-kit';
import type { ControlClient } from './control/control-client.ts';
import { DRIVER } from './errors.ts';
import type { LastWords } from './last-words.ts';

/** How long it may take from the end of its connection to its own. */
const END_MS = 2_000;

/**
 * One living VM.
 *
 * TODO(acmevisor): an optional member (`requestStop`, `terminate`, `pause`, `resume`, `snapshot`, `vsock`, `operate`) is here exactly when its
 * capability is true. Remove what your hypervisor cannot do.
 */
export class AcmevisorMachine implements Machine {
  readonly process: ProcessIdentity;
  readonly exited: Promise<MachineExit>;
  readonly #vmm: VmProcess;
  readonly #control: ControlClient;
  readonly #clock: Clock;
  #gone = false;

  constructor(vmm: VmProcess, control: ControlClient, lastWords: LastWords, clock: Clock) {
    this.#vmm = vmm;
    this.#control = control;
    this.#clock = clock;
    this.process = vmm.identity;
    this.exited = howItEnded(vmm, control, lastWords);
    void this.exited.then(() => {
      this.#gone = true;
    });
  }

  async state(options: AbortOptions = {}): Promise<MachineState> {
    if (this.#gone) return 'stopped';
    try {
      return await this.#control.request('status', options);
    } catch (error) {
      options.signal?.throwIfAborted();
      // Never `stopped`: that it does not answer does not mean that it has ended.
      throw new VmError('STATE_FAILED', {
        driver: DRIVER,
        detail: 'Acmevisor cannot be asked',
        details: {},
        cause: error,
      });
    }
  }

  async requestStop(options: AbortOptions = {}): Promise<void> {
    await this.#control.request('power-button', options);
  }

  async terminate(options: AbortOptions = {}): Promise<void> {
    try {
      await this.#control.request('quit', options);
    } catch (error) {
      options.signal?.throwIfAborted();
      // It may be gone before its answer is on the way.
      if (!(await within(this.#vmm.exited, END_MS, this.#clock))) throw error;
    }
  }

  async pause(options: AbortOptions = {}): Promise<void> {
    await this.#control.request('pause', options);
  }

  async resume(options: AbortOptions = {}): Promise<void> {
    await this.#control.request('resume', options);
  }

  async kill(): Promise<void> {
    await this.#vmm.kill();
    await this.exited;
  }

  async detach(): Promise<void> {
    this.#control.close();
    this.#vmm.release();
  }
}

/** TODO(acmevisor): how does an end of your hypervisor tell a guest that powered itself off from all else? By its exit code, an event, its log? */
async function howItEnded(vmm: VmProcess, control: ControlClient, lastWords: LastWords): Promise<MachineExit> {
  const { code, signal, known } = await vmm.exited;
  // Its last words may still be on their way.
  await control.closed;
  return { reason: lastWords.reason ?? (known ? 'host' : 'unknown'), code, signal };
}
