import type { DriverContext, Machine, MachineExit, MachineState, VmDriver, VmProcess } from '@vmrs/core/driver';

/** A VM that is `/bin/sleep`: what remains of its times is the framework's. */
class SleepMachine implements Machine {
  readonly #process: VmProcess;
  readonly exited: Promise<MachineExit>;

  constructor(process: VmProcess) {
    this.#process = process;
    this.exited = process.exited.then(({ code, signal }) => ({ reason: 'host', code, signal }));
  }

  get process() {
    return this.#process.identity;
  }

  async state(): Promise<MachineState> {
    return 'running';
  }

  async kill(): Promise<void> {
    await this.#process.kill();
  }

  async detach(): Promise<void> {
    this.#process.release();
  }
}

const NOTHING = {
  powerButton: false,
  terminate: false,
  pause: false,
  snapshot: false,
  vsock: false,
  rootDisk: false,
  dataDisk: false,
  seedIso: false,
  tap: false,
  socketNetwork: false,
  nat: false,
  portForwards: false,
  sharedDirs: false,
  readOnlyShares: false,
  netns: false,
  machineId: false,
  efiVariableStore: false,
  rosetta: false,
  driverOptions: false,
  operations: false,
} as const;

async function start(context: DriverContext): Promise<Machine> {
  return new SleepMachine(await context.processes.spawn({ role: 'vmm', file: '/bin/sleep', args: ['1000'] }));
}

/** The driver of {@link SleepMachine}s. */
export const sleepDriver: VmDriver = {
  id: 'sleep',
  contract: { major: 1, minor: 0 },
  capabilities: NOTHING,
  probe: async () => ({ usable: true, problems: [], facts: {} }),
  validate: async () => [],
  boot: (_, context) => start(context),
  adopt: async () => {
    throw new Error('not measured');
  },
};
