import { join } from 'node:path';
import {
  type AbortOptions,
  type BootSpec,
  type ContractVersion,
  type DriverCapabilities,
  type DriverContext,
  type Machine,
  type MachineRecord,
  type ProbeReport,
  type Problem,
  type SnapshotRef,
  type VmDriver,
  VmError,
} from '@vmrs/core/driver';
import { type GuestStep, standInProgram } from '../stand-in/index.ts';
import { FAKE_CAPABILITIES } from './capabilities.ts';
import { driverOptionsOf } from './config/driver-options.ts';
import { fromControl, type Sockets, socketsOf, standInArgs, toControl } from './config/stand-in-args.ts';
import { validateSpec } from './config/validate-spec.ts';
import { connectWhenListening } from './control/connect-when-listening.ts';
import { ControlClient } from './control/control-client.ts';
import { Faults } from './faults.ts';
import { EndingNote, FakeMachine, SNAPSHOT_FILE } from './machine.ts';
import { FAKE_OPERATIONS } from './operate.ts';

/** Options of {@link fakeDriver}. */
export interface FakeDriverOptions {
  /** Default `fake`. */
  readonly id?: string;
  /** Capabilities to be switched off; others cannot be switched on. */
  readonly without?: readonly (keyof DriverCapabilities)[];
  /** What `probe` answers. Default: usable. */
  readonly report?: ProbeReport;
  /** How long the VMM may take to answer, in milliseconds. Default 5000. */
  readonly answerTimeoutMs?: number;
}

const CONTRACT: ContractVersion = Object.freeze({ major: 1, minor: 0 });

/** A driver on the stand-in VMM, with faults that can be injected. Does everything that a real driver does, and shows how. */
export class FakeDriver implements VmDriver {
  readonly id: string;
  readonly contract: ContractVersion = CONTRACT;
  readonly capabilities: DriverCapabilities;
  readonly operations?: readonly string[];
  readonly restore?: NonNullable<VmDriver['restore']>;
  /** What goes wrong in this driver; nothing at first. */
  readonly faults: Faults = new Faults();

  readonly #options: FakeDriverOptions;
  readonly #machines = new Map<string, ControlClient>();

  constructor(options: FakeDriverOptions = {}) {
    this.id = options.id ?? 'fake';
    this.#options = options;
    const off = Object.fromEntries((options.without ?? []).map((capability) => [capability, false]));
    this.capabilities = Object.freeze({ ...FAKE_CAPABILITIES, ...off });
    if (this.capabilities.operations) this.operations = FAKE_OPERATIONS;
    if (this.capabilities.snapshot) {
      this.restore = async (snapshot, spec, context) => {
        await this.faults.pass('restore', context.signal);
        return this.#start(spec, context, snapshot);
      };
    }
  }

  async probe(options: AbortOptions = {}): Promise<ProbeReport> {
    await this.faults.pass('probe', options.signal);
    const facts = { vmm: standInProgram(), node: process.version };
    return this.#options.report ?? { usable: true, problems: [], facts };
  }

  async validate(spec: BootSpec): Promise<readonly Problem[]> {
    await this.faults.pass('validate');
    return validateSpec(spec);
  }

  async boot(spec: BootSpec, context: DriverContext): Promise<Machine> {
    await this.faults.pass('boot', context.signal);
    return this.#start(spec, context, null);
  }

  async adopt(record: MachineRecord, context: DriverContext): Promise<Machine> {
    await this.faults.pass('adopt', context.signal);
    const sockets = fromControl(record.control);
    if (record.process === null || sockets === null) {
      const detail = `the record of '${context.vm.name}' holds nothing that this driver could find its VMM by`;
      throw new VmError('HYPERVISOR', {
        vm: context.vm.name,
        driver: this.id,
        detail,
        details: { operation: 'adopt' },
      });
    }
    const hint = Promise.withResolvers<void>();
    // Before anything is said to the VMM: whoever listens at the socket is only asked when the process is the recorded one.
    const vmm = await context.processes.attach('vmm', record.process, hint.promise);
    try {
      const ending = new EndingNote(context.notify);
      const options = { ...this.#controlOptions(record.spec, ending), signal: context.signal };
      const control = await ControlClient.connect(sockets.control, options);
      void control.closed.then(() => hint.resolve());
      return this.#machine(context, vmm, control, sockets, ending);
    } catch (error) {
      vmm.release();
      throw error;
    }
  }

  /** Has the guest, or the VMM, of the VM called `name` do `steps` now. Throws `HYPERVISOR`. */
  async inject(name: string, steps: readonly GuestStep[]): Promise<void> {
    const control = this.#machines.get(name);
    if (control === undefined) throw new TypeError(`this driver runs no VM called '${name}'`);
    await control.request({ do: 'steps', steps });
  }

  async #start(spec: BootSpec, context: DriverContext, snapshot: SnapshotRef | null): Promise<Machine> {
    const { signal, clock, paths, processes } = context;
    signal.throwIfAborted();
    const sockets = socketsOf(paths, spec);
    const state = snapshot === null ? null : join(snapshot.directory, SNAPSHOT_FILE);
    await context.remember(toControl(sockets));
    const { label } = driverOptionsOf(spec);
    const vmm = await processes.spawn({
      role: 'vmm',
      file: process.execPath,
      args: [standInProgram(), ...standInArgs(spec, sockets, state)],
      // What the controller's Node.js was told does not concern the VMM's.
      env: { NODE_OPTIONS: '', ...(label === undefined ? {} : { STAND_IN_LABEL: label }) },
    });
    let control: ControlClient | null = null;
    try {
      const ending = new EndingNote(context.notify);
      const options = { ...this.#controlOptions(spec, ending), signal };
      control = await connectWhenListening(sockets.control, vmm, clock, options);
      await this.faults.pass('booted', signal);
      signal.throwIfAborted();
      return this.#machine(context, vmm, control, sockets, ending);
    } catch (error) {
      control?.close();
      await vmm.kill();
      throw error;
    }
  }

  #controlOptions(spec: BootSpec, ending: EndingNote): { timeoutMs: number; onEvent: EndingNote['onEvent'] } {
    const timeoutMs = driverOptionsOf(spec).control?.answerMs ?? this.#options.answerTimeoutMs ?? 5_000;
    return { timeoutMs, onEvent: ending.onEvent };
  }

  #machine(
    { vm }: DriverContext,
    vmm: FakeMachineParts['vmm'],
    control: ControlClient,
    sockets: Sockets,
    ending: EndingNote,
  ): Machine {
    this.#machines.set(vm.name, control);
    void control.closed.then(() => {
      if (this.#machines.get(vm.name) === control) this.#machines.delete(vm.name);
    });
    return new FakeMachine({ vmm, control, sockets, ending, capabilities: this.capabilities, faults: this.faults });
  }
}

type FakeMachineParts = ConstructorParameters<typeof FakeMachine>[0];

/** A {@link FakeDriver}. */
export function fakeDriver(options: FakeDriverOptions = {}): FakeDriver {
  return new FakeDriver(options);
}
