import { closeSync, rmSync } from 'node:fs';
import type { AppleVzAddon, NetworkSpec } from '@vmrs/applevz-addon';
import type { WireNetworkSpec } from '../control/protocol.ts';

/** A machine's networks, their sockets opened. */
export interface OpenNetworks {
  readonly networks: readonly NetworkSpec[];
  /** Closes the descriptors that were opened here: a machine has duplicates. */
  closeDescriptors(): void;
  /** Removes the sockets that were bound here from the file system. */
  unbind(): void;
}

/** Opens the sockets of networks that are given by path. Throws the system's error, with what it is about, and nothing is left then. */
export function openNetworks(addon: AppleVzAddon, wired: readonly WireNetworkSpec[]): OpenNetworks {
  const descriptors: number[] = [];
  const bound: string[] = [];
  const opened = {
    closeDescriptors: () => {
      for (const descriptor of descriptors.splice(0)) closeSync(descriptor);
    },
    unbind: () => {
      for (const path of bound.splice(0)) rmSync(path, { force: true });
    },
  };
  const open = (network: WireNetworkSpec): NetworkSpec => {
    if (network.kind !== 'socket-path') return network;
    const { mac, path, local, mtu } = network;
    const fd = connect(addon, path, local);
    descriptors.push(fd);
    bound.push(local);
    return { kind: 'socket', mac, fd, mtu };
  };
  try {
    return { ...opened, networks: wired.map(open) };
  } catch (error) {
    opened.closeDescriptors();
    opened.unbind();
    throw error;
  }
}

function connect(addon: AppleVzAddon, path: string, local: string): number {
  try {
    return addon.connectDatagram(path, local);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the network socket ${path} cannot be connected to: ${why}`, { cause });
  }
}
