import { closeSync } from 'node:fs';
import type { AppleVzAddon, MachineEvent, MachineSpec, NativeMachine, NetworkSpec } from '@vmrs/applevz-addon';
import type { WireMachineSpec } from '../control/protocol.ts';
import { type ConsoleListener, ConsolePump } from './console-pump.ts';
import { type OpenNetworks, openNetworks } from './open-networks.ts';
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

/** Makes a machine, its console's log, and the sockets of its vsock device and its networks. Throws the framework's failure or the system's error, and nothing is left then. */
export async function assemble(spec: WireMachineSpec, init: AssemblyInit): Promise<Assembly> {
  const { addon, vsockSocket } = init;
  const [read, write] = addon.pipe();
  let console: ConsolePump | null = null;
  let vsock: VsockServer | null = null;
  let networks: OpenNetworks | null = null;
  try {
    console = await ConsolePump.open(read, spec.serialLog, init);
    vsock = spec.vsock ? await VsockServer.listen(vsockSocket, init.note) : null;
    networks = openNetworks(addon, spec.networks);
    const machine = addon.createMachine(toMachineSpec(spec, networks.networks, write), init.onMachineEvent);
    vsock?.serve(machine);
    return assembly(machine, console, vsock, networks, init.note);
  } catch (error) {
    console?.stop();
    await vsock?.close();
    networks?.unbind();
    throw error;
  } finally {
    // The machine has its own; as long as there is another, the pipe would not end with it.
    closeSync(write);
    networks?.closeDescriptors();
  }
}

function assembly(
  machine: NativeMachine,
  console: ConsolePump,
  vsock: VsockServer | null,
  networks: OpenNetworks,
  note: (line: string) => void,
): Assembly {
  return {
    machine,
    console,
    vsock,
    async dismantle() {
      await vsock?.close();
      machine.close();
      networks.unbind();
      if (await settledWithin(console.done, DRAIN_MS)) return;
      note("the guest's console did not end with its machine, and is not waited for any longer");
      console.stop();
    },
  };
}

function toMachineSpec(wired: WireMachineSpec, networks: readonly NetworkSpec[], output: number): MachineSpec {
  const { serialLog: _, machineId, ...spec } = wired;
  const serial = { kind: 'fds', input: null, output } as const;
  return { ...spec, networks, machineId: machineId === null ? null : Buffer.from(machineId, 'base64'), serial };
}
