import type { Machine } from '@vmrs/core/driver';

/** Every method of a machine. */
const MACHINE_METHODS = [
  'state',
  'requestStop',
  'terminate',
  'kill',
  'pause',
  'resume',
  'snapshot',
  'vsock',
  'operate',
  'detach',
] as const satisfies readonly (keyof Machine)[];

/** `machine` with the same members, each call noted in `calls`. */
export function observeMachine(machine: Machine, calls: string[]): Machine {
  const methods = MACHINE_METHODS.flatMap((name) => {
    const method = machine[name];
    if (method === undefined) return [];
    const noted = (...args: unknown[]): unknown => {
      calls.push(name);
      return Reflect.apply(method, machine, args);
    };
    return [[name, noted] as const];
  });
  const observed = { process: machine.process, exited: machine.exited, ...Object.fromEntries(methods) };
  return observed as Machine;
}
