import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Machine, MachineExit } from '@vmrs/core/driver';
import type { Mutant } from './mutant.ts';
import { changeDriver, changeMachines } from './wrap.ts';

/** Drivers that get the end of a VM wrong, or leave something. */
export const ENDING_MUTANTS: readonly Mutant[] = [
  {
    fault: 'it never tells that the VMM was killed from outside',
    caughtBy: 'exit: a VMM that is killed from outside is a failure, with the signal, and says so by itself',
    mutate: (driver) => changeMachines(driver, (machine) => crashed(machine, () => new Promise(() => undefined))),
  },
  {
    fault: 'it takes a VMM that was killed for a guest that powered off',
    caughtBy: 'exit: a VMM that is killed from outside is a failure, with the signal, and says so by itself',
    mutate: (driver) =>
      changeMachines(driver, (machine) => crashed(machine, async (exit) => ({ ...exit, reason: 'guest' }))),
  },
  {
    fault: 'it takes a panic for a power-off',
    caughtBy: 'exit: a kernel panic is noticed, and told apart from a power-off',
    mutate: (driver) =>
      changeMachines(driver, (machine) => ({
        exited: machine.exited.then((exit) => (exit.reason === 'panic' ? { ...exit, reason: 'guest' } : exit)),
      })),
  },
  {
    fault: 'its kill does not wait for the end',
    caughtBy: 'exit: kill resolves when the process is really gone',
    mutate: (driver) =>
      changeMachines(driver, (machine) => ({
        kill: async () => {
          void machine.kill();
        },
      })),
  },
  {
    fault: 'its kill fails when there is nothing left to kill',
    caughtBy: 'idempotence: the machine can be killed twice at once, and again when it is gone',
    mutate: (driver) =>
      changeMachines(driver, (machine) => {
        let killed = false;
        return {
          async kill() {
            if (killed) throw new Error('no such process');
            killed = true;
            await machine.kill();
          },
        };
      }),
  },
  {
    fault: 'it goes on with a boot that was given up',
    caughtBy: 'abort: a boot that is aborted when its process has just been started is undone by the driver',
    mutate: (driver) =>
      changeDriver(driver, {
        boot: (spec, context) => driver.boot(spec, { ...context, signal: new AbortController().signal }),
      }),
  },
  {
    fault: 'it leaves a listener on the signal of the boot',
    caughtBy: 'abort: an abort after the boot does nothing to the VM, and nobody listens for it any more',
    mutate: (driver) =>
      changeDriver(driver, {
        boot(spec, context) {
          context.signal.addEventListener('abort', () => undefined, { once: true });
          return driver.boot(spec, context);
        },
      }),
  },
  {
    fault: 'it leaves a process when a boot fails',
    caughtBy: 'lifecycle: a boot that fails says why, and leaves nothing',
    mutate: (driver) =>
      changeDriver(driver, {
        async boot(spec, context) {
          try {
            return await driver.boot(spec, context);
          } catch (error) {
            if (!context.signal.aborted) leaveProcess();
            throw error;
          }
        },
      }),
  },
  {
    fault: 'it leaves a process at each stop',
    caughtBy: 'leaks: no process is left after repeated cycles',
    mutate: (driver) =>
      changeMachines(driver, (machine) => ({
        async requestStop(options) {
          leaveProcess();
          await machine.requestStop?.(options);
        },
      })),
  },
  {
    fault: 'it starts a helper of an attached VM past core',
    caughtBy:
      'lifetime: an attached VM ends with the process that booted it, also when that is killed, and the next manager sweeps what is left',
    alsoFails: ['lifetime: a manager stops its attached VMs when it is closed'],
    mutate: (driver) =>
      changeDriver(driver, {
        boot(spec, context) {
          if (context.lifetime === 'attached') leaveProcess();
          return driver.boot(spec, context);
        },
      }),
  },
  {
    fault: 'it does not tell how a VM that it has taken back ended',
    caughtBy: 'adoption: the end of an adopted VM is noticed by itself',
    mutate: (driver) =>
      changeMachines(driver, (machine, _, origin) =>
        origin === 'adopt' ? { exited: machine.exited.then((exit) => ({ ...exit, code: null, signal: null })) } : {},
      ),
  },
  {
    fault: 'it leaves a file of each VM',
    caughtBy: 'leaks: no socket and no file is left after repeated cycles',
    mutate: (driver) =>
      changeMachines(driver, (machine, { vm }) => ({
        async requestStop(options) {
          await writeFile(join(tmpdir(), `${vm.instanceId}.sock`), '');
          await machine.requestStop?.(options);
        },
      })),
  },
  {
    fault: 'it leaves a listener in the controller from its second boot on',
    caughtBy: 'leaks: the controller holds no more descriptors, listeners or timers after repeated cycles',
    mutate(driver) {
      let boots = 0;
      return changeDriver(driver, {
        boot(spec, context) {
          boots += 1;
          if (boots > 1) process.on('exit', () => undefined);
          return driver.boot(spec, context);
        },
      });
    },
  },
];

/** The machine's `exited`, with `instead` of the exit when nobody had called for it and SIGKILL ended the VMM. */
function crashed(machine: Machine, instead: (exit: MachineExit) => Promise<MachineExit>): Partial<Machine> {
  let asked = false;
  return {
    exited: machine.exited.then((exit) => (exit.signal === 'SIGKILL' && !asked ? instead(exit) : exit)),
    async kill() {
      asked = true;
      await machine.kill();
    },
  };
}

function leaveProcess(): void {
  spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'], { stdio: 'ignore', detached: true }).unref();
}
