import { copyJson, type JsonObject } from '../util/json.ts';
import type { BootSpec, NetworkSpec, PortForwardSpec } from './boot-spec.ts';
import { madeUpTapName } from './tap-name.ts';
import type { NetworkConfig, PortForward, VmConfig } from './vm-config.ts';

/** `config`, whose shape was checked, with every default filled in. `serialLog` makes the default of that field. */
export function bootSpecOf(config: VmConfig, serialLog: (namespace: string, name: string) => string): BootSpec {
  const { name, namespace = 'default' } = config;
  return {
    name,
    namespace,
    kernel: config.kernel ?? null,
    initramfs: config.initramfs ?? null,
    rootDisk: config.rootDisk ?? null,
    dataDisk: config.dataDisk ?? null,
    seedIso: config.seedIso ?? null,
    cpus: config.cpus ?? 1,
    memoryMb: config.memoryMb ?? 512,
    networks: (config.networks ?? []).map(networkSpec),
    sharedDirs: (config.sharedDirs ?? []).map(({ hostPath, tag, readOnly = false }) => ({ hostPath, tag, readOnly })),
    serialLog: config.serialLog ?? serialLog(namespace, name),
    cmdline: config.cmdline ?? null,
    netns: config.netns ?? null,
    vsock: config.vsock ?? false,
    machineId: config.machineId ?? null,
    efiVariableStore: config.efiVariableStore ?? null,
    rosetta: config.rosetta ?? false,
    driverOptions: copyJson<JsonObject>(config.driverOptions ?? {}),
  };
}

function networkSpec(network: NetworkConfig): NetworkSpec {
  const mac = network.mac?.toLowerCase() ?? null;
  switch (network.type) {
    case 'tap':
      return {
        type: 'tap',
        name: network.name ?? madeUpTapName(),
        mac,
        create: network.create ?? false,
        bridge: ('bridge' in network ? network.bridge : undefined) ?? null,
      };
    case 'socket':
      // An explicit undefined counts as absent, so that the presence of the key tells nothing.
      return 'fd' in network && network.fd !== undefined
        ? { type: 'socket', fd: network.fd, mac }
        : { type: 'socket', path: socketPath(network), mac };
    case 'nat':
      return { type: 'nat', mac, ports: (network.ports ?? []).map(portSpec) };
  }
}

function socketPath(network: Extract<NetworkConfig, { type: 'socket' }>): string {
  if ('path' in network && network.path !== undefined) return network.path;
  throw new TypeError('a network of type socket has neither fd nor path');
}

function portSpec({ hostPort, guestPort, protocol = 'tcp', hostAddress = '127.0.0.1' }: PortForward): PortForwardSpec {
  return { hostPort, guestPort, protocol, hostAddress };
}
