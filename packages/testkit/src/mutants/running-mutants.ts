import type { MachineExit, ProcessIdentity } from '@vmrs/core/driver';
import type { Mutant } from './mutant.ts';
import { changeDriver, changeMachines } from './wrap.ts';

/** Drivers that treat a living VM wrongly. */
export const RUNNING_MUTANTS: readonly Mutant[] = [
  {
    fault: 'it keeps to itself that the guest was reset',
    caughtBy: 'readiness: a guest that resets itself is not ready any more until it says so again',
    mutate: (driver) =>
      changeDriver(driver, {
        boot: (spec, context) =>
          driver.boot(spec, {
            ...context,
            notify: (event) => {
              if (event.type !== 'reset') context.notify(event);
            },
          }),
      }),
  },
  {
    fault: 'its state() says stopped when the VMM does not answer',
    caughtBy: 'exit: a VMM that does not answer is an error or a wait, never a stopped VM',
    mutate: (driver) =>
      changeMachines(driver, (machine) => ({
        async state(options) {
          try {
            return await machine.state(options);
          } catch {
            return 'stopped'; // The fault.
          }
        },
      })),
  },
  {
    fault: 'its power button kills at the second press',
    caughtBy:
      'stop: the power button only asks: a guest that ignores it runs on, and the ladder tells which rung ended it',
    mutate: (driver) =>
      changeMachines(driver, (machine) => {
        let pressed = false;
        return {
          async requestStop(options) {
            await machine.requestStop?.(options);
            if (pressed) await machine.kill();
            pressed = true;
          },
        };
      }),
  },
  {
    fault: 'its terminate does nothing',
    caughtBy: 'stop: the hypervisor ends the VM at once when told to',
    mutate: (driver) => changeMachines(driver, () => ({ terminate: () => Promise.resolve() })),
  },
  {
    fault: 'its snapshot lets the VM go on',
    caughtBy: 'snapshot: a snapshot is written, and the VM stays paused',
    mutate: (driver) =>
      changeMachines(driver, (machine) => ({
        async snapshot(directory, options) {
          const data = await machine.snapshot?.(directory, options);
          await machine.resume?.(options);
          return data ?? {};
        },
      })),
  },
  {
    fault: 'its restored VM comes up running',
    caughtBy: 'snapshot: a VM is restored from a snapshot: paused, then as it was',
    mutate: (driver) =>
      changeDriver(driver, {
        async restore(snapshot, spec, context) {
          if (driver.restore === undefined) throw new TypeError('the fake driver has restore');
          const machine = await driver.restore(snapshot, spec, context);
          await machine.resume?.();
          return machine;
        },
      }),
  },
  {
    fault: 'it does one thing at a time, for all VMs together',
    caughtBy: 'independence: a slow stop of one VM delays nothing of another',
    mutate(driver) {
      let busy: Promise<unknown> = Promise.resolve();
      const patient = changeDriver(driver, {
        async boot(spec, context) {
          await busy;
          return driver.boot(spec, context);
        },
      });
      return changeMachines(patient, (machine) => ({
        async requestStop(options) {
          await machine.requestStop?.(options);
          busy = Promise.all([busy, machine.exited]);
        },
      }));
    },
  },
  {
    fault: 'it takes any process under the recorded pid for its own',
    caughtBy:
      'adoption: another process under the recorded pid is refused with STALE_PROCESS, and nothing is done to it',
    ...acceptsStrangers(),
  },
  {
    fault: 'it holds on to a VM that it was told to let go of',
    caughtBy: 'adoption: nothing keeps a process alive that has let go of its VM',
    mutate: (driver) => changeMachines(driver, () => ({ detach: () => Promise.resolve() })),
  },
  {
    fault: 'it does not notice the end of a VM that it has adopted',
    caughtBy: 'adoption: the end of an adopted VM is noticed by itself',
    mutate: (driver) =>
      changeMachines(driver, (machine, _context, origin) => {
        if (origin !== 'adopt') return {};
        const asked = Promise.withResolvers<MachineExit>();
        const then =
          <A extends unknown[]>(work: ((...args: A) => Promise<void>) | undefined) =>
          async (...args: A): Promise<void> => {
            void machine.exited.then(asked.resolve);
            await work?.apply(machine, args);
          };
        return { exited: asked.promise, kill: then(machine.kill), requestStop: then(machine.requestStop) };
      }),
  },
];

function acceptsStrangers(): Pick<Mutant, 'mutate'> {
  const known = new Map<number, ProcessIdentity>();
  return {
    mutate: (driver) =>
      changeDriver(driver, {
        async boot(spec, context) {
          const machine = await driver.boot(spec, context);
          if (machine.process !== null) known.set(machine.process.pid, machine.process);
          return machine;
        },
        adopt: (record, context) =>
          driver.adopt({ ...record, process: known.get(record.process?.pid ?? 0) ?? record.process }, context),
      }),
  };
}
