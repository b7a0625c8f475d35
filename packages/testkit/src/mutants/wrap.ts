import type { DriverContext, Machine, VmDriver } from '@vmrs/core/driver';

/** `driver` with some members replaced. */
export function changeDriver(driver: VmDriver, change: Partial<VmDriver>): VmDriver {
  const { restore, operations } = driver;
  return {
    id: driver.id,
    contract: driver.contract,
    capabilities: driver.capabilities,
    probe: (options) => driver.probe(options),
    validate: (spec) => driver.validate(spec),
    boot: (spec, context) => driver.boot(spec, context),
    adopt: (record, context) => driver.adopt(record, context),
    ...(operations === undefined ? {} : { operations }),
    ...(restore === undefined
      ? {}
      : { restore: (snapshot, spec, context) => restore.call(driver, snapshot, spec, context) }),
    ...change,
  };
}

/** How a machine came to be. */
export type Origin = 'boot' | 'adopt' | 'restore';

/** `driver`, whose machines are what `change` makes of them. */
export function changeMachines(
  driver: VmDriver,
  change: (machine: Machine, context: DriverContext, origin: Origin) => Partial<Machine>,
): VmDriver {
  const changed = async (made: Promise<Machine>, context: DriverContext, origin: Origin): Promise<Machine> => {
    const machine = await made;
    return { ...membersOf(machine), ...change(machine, context, origin) };
  };
  const { restore } = driver;
  return changeDriver(driver, {
    boot: (spec, context) => changed(driver.boot(spec, context), context, 'boot'),
    adopt: (record, context) => changed(driver.adopt(record, context), context, 'adopt'),
    ...(restore === undefined
      ? {}
      : {
          restore: (snapshot, spec, context) =>
            changed(restore.call(driver, snapshot, spec, context), context, 'restore'),
        }),
  });
}

/** The machine as a plain object, its methods bound; optional members only where they are. */
function membersOf(machine: Machine): Machine {
  const { requestStop, terminate, pause, resume, snapshot, vsock, operate } = machine;
  return {
    process: machine.process,
    exited: machine.exited,
    state: (options) => machine.state(options),
    kill: () => machine.kill(),
    detach: () => machine.detach(),
    ...(requestStop === undefined ? {} : { requestStop: (options) => requestStop.call(machine, options) }),
    ...(terminate === undefined ? {} : { terminate: (options) => terminate.call(machine, options) }),
    ...(pause === undefined ? {} : { pause: (options) => pause.call(machine, options) }),
    ...(resume === undefined ? {} : { resume: (options) => resume.call(machine, options) }),
    ...(snapshot === undefined ? {} : { snapshot: (directory, options) => snapshot.call(machine, directory, options) }),
    ...(operate === undefined ? {} : { operate: (name, args, options) => operate.call(machine, name, args, options) }),
    ...(vsock === undefined ? {} : { vsock: (port, options) => vsock.call(machine, port, options) }),
  };
}
