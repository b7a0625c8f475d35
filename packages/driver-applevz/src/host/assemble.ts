import { closeSync } from 'node:fs';
import type { AppleVzAddon, MachineEvent, MachineSpec, NativeMachine } from '@vmrs/applevz-addon';
import type { WireMachineSpec } from '../control/protocol.ts';
import { type ConsoleListener, ConsolePump } from './console-pump.ts';
import { settledWithin } from './settled-within.ts';
import { VsockServer } from './vsock-server.ts';

/** How long what is left in the console's pipe may take to be written when the machine is gone: a framework that still holds its end would keep it open. */
const DRAIN_MS = 2_000;

/** A machine with what surrounds it. */
export interface Assembly {
  readonly machine: NativeMachine;
  readonly console: ConsolePump;
  readonly vsock: VsockServer | null;
  /** Lets go of the machine, running or not, and waits, not for long, until the last of its console is in the log. */
  dismantle(): Promise<void>;
}

/** What {@link assemble} needs besides the machine's description. */
export interface AssemblyInit extends ConsoleListener {
  readonly addon: AppleVzAddon;
  /** Path of the unix socket for the vsock device. */
  readonly vsockSocket: string;
  readonly onMachineEvent: (event: MachineEvent) => void;
}

/** Makes a machine, its console's log and its vsock's socket. Throws the framework's failure or the system's error, and nothing is left then. */
export async function assemble(spec: WireMachineSpec, init: AssemblyInit): Promise<Assembly> {
  const { addon, vsockSocket } = init;
  const [read, write] = addon.pipe();
  let console: ConsolePump | null = null;
  let vsock: VsockServer | null = null;
  try {
    console = await ConsolePump.open(read, spec.serialLog, init);
    vsock = spec.vsock ? await VsockServer.listen(vsockSocket) : null;
    const machine = addon.createMachine(toMachineSpec(spec, write), init.onMachineEvent);
    vsock?.serve(machine);
    return assembly(machine, console, vsock);
  } catch (error) {
    console?.stop();
    await vsock?.close();
    throw error;
  } finally {
    // The machine has its own; as long as there is another, the pipe would not end with it.
    closeSync(write);
  }
}

function assembly(machine: NativeMachine, console: ConsolePump, vsock: VsockServer | null): Assembly {
  return {
    machine,
    console,
    vsock,
    async dismantle() {
      await vsock?.close();
      machine.close();
      if (!(await settledWithin(console.done, DRAIN_MS))) console.stop();
    },
  };
}

function toMachineSpec({ serialLog: _, ...spec }: WireMachineSpec, output: number): MachineSpec {
  const machineId = spec.machineId === null ? null : Buffer.from(spec.machineId, 'base64');
  return { ...spec, machineId, serial: { kind: 'fds', input: null, output } };
}
