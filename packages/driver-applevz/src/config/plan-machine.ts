import type { BootSpec, NetworkSpec } from '@vmrs/core/driver';
import { type DiskId, type DiskImage, diskPaths, linuxCmdline, macAddresses } from '@vmrs/driver-kit';
import type { WireMachineSpec, WireNetworkSpec } from '../control/protocol.ts';
import type { VmOptions } from '../vm-options.ts';

/** The console of a Linux guest: the first virtio console. */
export const CONSOLE = 'hvc0';

/** The tag of the share in which a guest finds Rosetta. */
export const ROSETTA_TAG = 'rosetta';

const MIB = 1024 * 1024;

/** The first descriptor that a process gets besides its standard ones. */
const FIRST_FD = 3;

/** What a plan is made from besides the configuration. */
export interface PlanInputs {
  readonly options: VmOptions;
  /** What the headers of the disks say. */
  readonly disks: ReadonlyMap<DiskId, DiskImage>;
  readonly runtimeDir: string;
  /** Whether machines live in this process: its descriptors are not passed on then. */
  readonly inProcess: boolean;
  /** Whether the EFI variable store is there already. */
  readonly variableStoreExists: boolean;
  /** What a restore takes from its snapshot. */
  readonly kept: { readonly macs: readonly string[]; readonly machineId: string | null } | null;
}

/** Everything that was decided about one VM. */
export interface MachinePlan {
  readonly machine: WireMachineSpec;
  /** Descriptors of this process that the host inherits as 3, 4, ... */
  readonly fds: readonly number[];
  readonly macs: readonly string[];
}

/** Decides everything about one VM. Pure. */
export function planMachine(spec: BootSpec, inputs: PlanInputs): MachinePlan {
  const { options, kept } = inputs;
  const macs = kept?.macs ?? macAddresses(spec);
  const fds: number[] = [];
  const networks = spec.networks.map((network, index) => networkOf(network, index, macs[index] ?? '', inputs, fds));
  return {
    fds,
    macs,
    machine: {
      label: `${spec.namespace}/${spec.name}`,
      boot: bootOf(spec, inputs),
      cpus: spec.cpus,
      memoryBytes: spec.memoryMb * MIB,
      machineId: kept?.machineId ?? spec.machineId,
      nestedVirtualization: options.nestedVirtualization,
      disks: diskPaths(spec).map(([identifier, path]) => ({
        path,
        readOnly: identifier === 'seed',
        caching: options.caching,
        synchronization: options.synchronization,
        identifier,
      })),
      networks,
      shares: [
        ...spec.sharedDirs.map(({ tag, hostPath, readOnly }) => {
          return { kind: 'directory' as const, tag, path: hostPath, readOnly };
        }),
        ...(spec.rosetta ? [{ kind: 'rosetta' as const, tag: ROSETTA_TAG }] : []),
      ],
      vsock: spec.vsock,
      serialLog: spec.serialLog,
    },
  };
}

function bootOf(spec: BootSpec, { variableStoreExists, disks }: PlanInputs): WireMachineSpec['boot'] {
  const { kernel, initramfs, efiVariableStore } = spec;
  if (kernel !== null) {
    const rootIsWholeDisk = disks.get('root')?.wholeDisk ?? null;
    const cmdline = spec.cmdline ?? linuxCmdline(spec, { console: CONSOLE, rootIsWholeDisk });
    return { kind: 'linux', kernel, initramfs, cmdline };
  }
  if (efiVariableStore === null)
    throw new TypeError('a kernel or variable store is required; validate() says so before');
  return { kind: 'efi', variableStore: efiVariableStore, create: !variableStoreExists };
}
function networkOf(
  network: NetworkSpec,
  index: number,
  mac: string,
  { options, inProcess, runtimeDir }: PlanInputs,
  fds: number[],
): WireNetworkSpec {
  switch (network.type) {
    case 'nat':
      return uplinkOf(mac, options);
    case 'socket': {
      const { mtu } = options;
      if ('path' in network) {
        const local = `${runtimeDir}/net-${index}.sock`;
        return { kind: 'socket-path', mac, path: network.path, local, mtu };
      }
      if (inProcess) return { kind: 'socket', mac, fd: network.fd, mtu };
      fds.push(network.fd);
      return { kind: 'socket', mac, fd: FIRST_FD + fds.length - 1, mtu };
    }
    case 'tap':
      throw new TypeError('taps are refused by the capability');
  }
}

function uplinkOf(mac: string, { uplink }: VmOptions): WireNetworkSpec {
  switch (uplink) {
    case 'nat':
      return { kind: 'nat', mac };
    case 'vmnet-shared':
      return { kind: 'vmnet', mac, mode: 'shared' };
    case 'vmnet-host':
      return { kind: 'vmnet', mac, mode: 'host' };
    default:
      return { kind: 'bridged', mac, interface: uplink.bridge };
  }
}
