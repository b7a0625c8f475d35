import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DriverCapabilities } from '@vmrs/core/driver';
import type { Mutant } from './mutant.ts';
import { changeDriver, changeMachines } from './wrap.ts';

/** Drivers that say something wrong about themselves, or do something while they are only asked. */
export const DESCRIBING_MUTANTS: readonly Mutant[] = [
  {
    fault: 'its id is not the one in its package manifest',
    caughtBy: 'manifest: id and contract version equal those in the package manifest',
    mutate: (driver) => changeDriver(driver, { id: 'fake-two' }),
  },
  {
    fault: 'its capabilities can be changed by anybody',
    caughtBy: 'manifest: capabilities are complete booleans, frozen, and survive JSON',
    mutate: (driver) => changeDriver(driver, { capabilities: { ...driver.capabilities } }),
  },
  {
    fault: 'it finds a capability at its first boot',
    caughtBy: 'manifest: capabilities are the same for each instance and for the life of the driver',
    mutate(driver) {
      let booted = false;
      const later: DriverCapabilities = Object.freeze({ ...driver.capabilities, rosetta: true });
      const changed = changeDriver(driver, {
        boot(spec, context) {
          booted = true;
          return driver.boot(spec, context);
        },
      });
      return Object.defineProperty(changed, 'capabilities', { get: () => (booted ? later : driver.capabilities) });
    },
  },
  {
    fault: 'it does not list the operations of its own that it declares',
    caughtBy: 'capabilities: operations of its own are listed exactly where they are declared, and no others are taken',
    mutate(driver) {
      const { operations: _, ...rest } = changeDriver(driver, {});
      return rest;
    },
  },
  {
    fault: 'its probe throws when a program is missing',
    caughtBy: 'probe: answers instead of throwing on a host without any program',
    mutate: (driver) =>
      changeDriver(driver, {
        async probe(options) {
          if (process.env['PATH'] === '') throw new Error('spawn hypervisor ENOENT');
          return driver.probe(options);
        },
      }),
  },
  {
    fault: 'its probe says no without saying what to do',
    caughtBy: 'probe: answers the same twice, with a reason and a fix for everything that does not work',
    mutate(driver) {
      let asked = 0;
      return changeDriver(driver, {
        async probe(options) {
          asked += 1;
          const report = await driver.probe(options);
          return asked === 2 ? { ...report, usable: false, problems: [] } : report;
        },
      });
    },
  },
  {
    fault: 'its probe leaves a file behind',
    caughtBy: 'probe: leaves no file, no process and nothing open',
    mutate: (driver) =>
      changeDriver(driver, {
        async probe(options) {
          await writeFile(join(tmpdir(), 'probed'), '');
          return driver.probe(options);
        },
      }),
  },
  {
    fault: 'its probe cannot be given up',
    caughtBy: 'probe: gives up when it is aborted, and takes its listeners off the signal',
    mutate: (driver) => changeDriver(driver, { probe: () => driver.probe() }),
  },
  {
    fault: 'its validate writes a file',
    caughtBy: 'lifecycle: validate finds nothing wrong with a good configuration, and touches nothing',
    mutate: (driver) =>
      changeDriver(driver, {
        async validate(spec) {
          await writeFile(`${spec.kernel}.validated`, new Date().toISOString());
          return driver.validate(spec);
        },
      }),
  },
  {
    fault: 'it passes over options that it does not know',
    caughtBy: 'capabilities: an option that the driver does not know is refused with its path before anything happens',
    mutate: (driver) => changeDriver(driver, { validate: (spec) => driver.validate({ ...spec, driverOptions: {} }) }),
  },
  {
    fault: 'it refuses an option that it does not know without saying which',
    caughtBy: 'capabilities: an option that the driver does not know is refused with its path before anything happens',
    mutate: (driver) =>
      changeDriver(driver, {
        async validate(spec) {
          const problems = await driver.validate(spec);
          return problems.map((problem) =>
            problem.path.startsWith('driverOptions.') ? { ...problem, path: 'driverOptions' } : problem,
          );
        },
      }),
  },
  {
    fault: 'it declares vsock and has none',
    caughtBy: 'capabilities: every operation that is declared is there',
    // What is not there cannot work.
    alsoFails: ['capabilities: vsock connects to a port of the guest'],
    options: { without: ['vsock'] },
    mutate: (driver) => changeDriver(driver, { capabilities: Object.freeze({ ...driver.capabilities, vsock: true }) }),
  },
  {
    fault: 'it has pause and resume and does not declare them',
    caughtBy: 'capabilities: no operation is there that is not declared',
    options: { without: ['pause', 'snapshot'] },
    mutate: (driver) =>
      changeMachines(driver, () => ({ pause: () => Promise.resolve(), resume: () => Promise.resolve() })),
  },
];
