import { join } from 'node:path';
import type { BootSpec, NetworkSpec, SharedDirSpec, VmPaths } from '@vmrs/core/driver';
import { type DiskImage, macAddresses } from '@vmrs/driver-kit';
import { MONITOR_SOCKETS } from '../control/monitors.ts';
import { hypervisorError } from '../errors.ts';
import type { Helpers } from '../host/host.ts';
import type { QemuBinary } from '../host/qemu-binary.ts';
import type { Accelerator, ResolvedOptions } from '../options.ts';
import type { BootPlan, DiskPlan, MemoryPlan, NicPlan, SharePlan } from './boot-plan.ts';
import { defaultCmdline } from './default-cmdline.ts';
import { virtio } from './device-args.ts';
import { chooseShare } from './share-choice.ts';

/** The first descriptor that a program inherits besides its standard ones. */
const FIRST_FD = 3;

/** What a plan is made from besides the configuration. */
export interface PlanInputs {
  readonly options: ResolvedOptions;
  readonly binary: QemuBinary;
  readonly accelerator: Accelerator;
  readonly helpers: Pick<Helpers, 'virtiofsd'>;
  /** What the headers of the disks say. */
  readonly disks: ReadonlyMap<DiskPlan['id'], DiskImage>;
  readonly paths: Pick<VmPaths, 'runtimeDir' | 'serialLog'>;
  /** Whether the kernel can carry a tap's packets itself. */
  readonly vhostNet: boolean;
  /** What a restore takes from its snapshot; null for a boot. */
  readonly restored: Restored | null;
}

/** What a restored VM has from its snapshot instead of from its configuration. */
export interface Restored {
  readonly memory: MemoryPlan;
  readonly macs: readonly string[];
}

/** Decides everything about one start of QEMU. Pure. */
export function planBoot(spec: BootSpec, inputs: PlanInputs): BootPlan {
  const { options, binary, accelerator, paths } = inputs;
  const { arch, machine } = options;
  const shares = spec.sharedDirs.map((share, index) => planShare(share, index, inputs));
  const disks = planDisks(spec, inputs.disks);
  const root = inputs.disks.get('root');
  return {
    title: `${spec.namespace}/${spec.name}`,
    arch,
    machine,
    accelerator,
    cpu: options.cpu ?? defaultCpu(inputs),
    cpus: spec.cpus,
    memoryMb: spec.memoryMb,
    memory: inputs.restored?.memory ?? planMemory(spec, shares, inputs),
    withoutI8042: binary.hasI8042Switch,
    firmware: planFirmware(inputs),
    kernel: required(spec.kernel),
    initramfs: spec.initramfs,
    cmdline:
      spec.cmdline ??
      defaultCmdline({
        ...{ arch, machine, accelerator, cpus: spec.cpus, shares },
        root: root === undefined ? null : { wholeDisk: root.wholeDisk },
        seed: spec.seedIso !== null,
      }),
    uuid: spec.machineId,
    serialLog: paths.serialLog,
    monitors: MONITOR_SOCKETS.map((name) => join(paths.runtimeDir, name)),
    disks,
    nics: planNics(spec, inputs),
    shares,
    vsockSocket: spec.vsock ? join(paths.runtimeDir, 'vsock-device.sock') : null,
    extras: planExtras(inputs),
    incoming: inputs.restored !== null,
  };
}

/** The descriptors that QEMU must inherit, in order. */
export function inheritedFds(networks: readonly NetworkSpec[]): readonly number[] {
  return networks.flatMap((network) => (network.type === 'socket' && 'fd' in network ? [network.fd] : []));
}

function defaultCpu({ accelerator, options: { arch } }: PlanInputs): string | null {
  switch (accelerator) {
    case 'kvm':
    case 'hvf':
      return 'host';
    case 'whpx':
      return null;
    case 'tcg':
      return arch === 'aarch64' ? 'cortex-a57' : 'qemu64';
  }
}

/** qboot takes a tenth off a boot under TCG against SeaBIOS. Under HVF and WHPX it was never tried. */
function planFirmware({ options: { machine }, accelerator, binary }: PlanInputs): string | null {
  const fits = (machine === 'q35' || machine === 'pc') && (accelerator === 'tcg' || accelerator === 'kvm');
  return fits ? binary.qboot : null;
}

function planMemory(
  spec: BootSpec,
  shares: readonly SharePlan[],
  { options, accelerator, binary }: PlanInputs,
): MemoryPlan {
  const needed = spec.vsock || shares.some(({ via }) => via.type === 'virtiofs');
  const possible = binary.memoryBackends.has('memory-backend-memfd');
  // With hardware virtualization, private memory gets huge pages and shared memory usually does not.
  const wanted = options.memory === 'shared' || (options.memory === 'auto' && accelerator === 'tcg');
  return needed || (wanted && possible) ? { kind: 'shared' } : { kind: 'private' };
}

function planDisks(spec: BootSpec, images: PlanInputs['disks']): readonly DiskPlan[] {
  const disks = [
    { id: 'root', path: spec.rootDisk, readOnly: false },
    { id: 'seed', path: spec.seedIso, readOnly: true },
    { id: 'data', path: spec.dataDisk, readOnly: false },
  ] as const;
  return disks.flatMap(({ id, path, readOnly }) => {
    const image = images.get(id);
    if (path === null || image === undefined) return [];
    return [{ id, path, readOnly, format: image.format === 'qcow2' ? 'qcow2' : 'raw', blockDevice: image.blockDevice }];
  });
}

function planNics(spec: BootSpec, inputs: PlanInputs): readonly NicPlan[] {
  const derived = macAddresses(spec);
  return spec.networks.map((network, index) => ({
    mac: network.mac ?? inputs.restored?.macs[index] ?? derived[index] ?? '',
    link: planLink(network, FIRST_FD + inheritedFds(spec.networks.slice(0, index)).length, index, inputs),
  }));
}

/** `fd` is the descriptor that QEMU has for the network if it was given as one. */
function planLink(network: NetworkSpec, fd: number, index: number, { paths, vhostNet }: PlanInputs): NicPlan['link'] {
  switch (network.type) {
    case 'nat':
      return { type: 'nat', ports: network.ports };
    case 'tap':
      return { type: 'tap', name: network.name, vhost: vhostNet };
    case 'socket':
      if ('fd' in network) return { type: 'fd', fd };
      return { type: 'unix', path: network.path, localPath: join(paths.runtimeDir, `net${index}.sock`) };
  }
}

function planShare(share: SharedDirSpec, index: number, { options, binary, helpers, paths }: PlanInputs): SharePlan {
  const choice = chooseShare(share, options, binary, helpers);
  switch (choice.type) {
    case 'virtiofs':
      return { ...share, via: { type: 'virtiofs', socket: join(paths.runtimeDir, `virtiofs-${index}.sock`) } };
    case '9p':
      return { ...share, via: { type: '9p' } };
    case 'none':
      throw hypervisorError('share', `directory '${share.hostPath}' cannot be shared: ${choice.reasons.join('; ')}`);
  }
}

/** The devices of this QEMU that tell of panics, give entropy and give memory back. */
function planExtras({ options: { machine }, binary }: PlanInputs): readonly string[] {
  const panic = machine === 'q35' || machine === 'pc' ? 'pvpanic' : 'pvpanic-pci';
  const wanted = [
    ...(machine === 'microvm' ? [] : [panic]),
    virtio('virtio-rng', machine),
    virtio('virtio-balloon', machine),
  ];
  return wanted.filter((model) => binary.devices.has(model));
}

function required(kernel: string | null): string {
  if (kernel === null) throw new TypeError('a kernel is required; validate() says so before');
  return kernel;
}
