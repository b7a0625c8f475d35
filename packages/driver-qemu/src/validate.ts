import { isIPv4 } from 'node:net';
import type { BootSpec, NetworkSpec, Problem } from '@vmrs/core/driver';
import {
  DISK_FIELDS,
  type DiskImage,
  diskPaths,
  type KernelImage,
  netnsProblems,
  readDiskImage,
  readKernelImage,
  readOrNothing,
  tapProblems,
} from '@vmrs/driver-kit';
import { virtio } from './config/device-args.ts';
import { chooseShare } from './config/share-choice.ts';
import { messageOf } from './errors.ts';
import type { Helpers, QemuHost } from './host/host.ts';
import type { QemuBinary } from './host/qemu-binary.ts';
import type { GuestArch, ResolvedOptions } from './options.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What kernels QEMU boots, by architecture of the guest. */
const BOOTABLE: { readonly [A in GuestArch]: readonly KernelImage[] } = {
  x86_64: ['bzimage', 'elf-pvh'],
  aarch64: ['arm64-image', 'arm64-compressed', 'elf'],
};

/** All that this driver has against a VM, over and above core's rules. Touches nothing. */
export async function validateSpec(
  spec: BootSpec,
  host: QemuHost,
  options: ResolvedOptions,
): Promise<readonly Problem[]> {
  const checks: Promise<readonly Problem[]>[] = [
    kernelProblems(spec, options),
    diskProblems(spec, options),
    networkProblems(spec),
    Promise.resolve(plainProblems(spec)),
    hostProblems(spec, host, options),
  ];
  return (await Promise.all(checks)).flat();
}

function plainProblems(spec: BootSpec): readonly Problem[] {
  const { machineId } = spec;
  if (machineId === null || UUID.test(machineId)) return [];
  return [
    {
      path: 'machineId',
      message: `must be a UUID for QEMU, got '${machineId}'`,
      fix: 'make one with crypto.randomUUID()',
    },
  ];
}

async function kernelProblems({ kernel }: BootSpec, { arch }: ResolvedOptions): Promise<readonly Problem[]> {
  if (kernel === null) return [{ path: 'kernel', message: 'is required: this driver boots kernels directly' }];
  return readOrNothing(async () => {
    const image = await readKernelImage(kernel);
    const fits = BOOTABLE[arch].some((one) => one === image);
    if (fits) return [];
    const wanted = arch === 'x86_64' ? 'a bzImage, or a vmlinux with a PVH entry' : 'an arm64 Image';
    return [
      { path: 'kernel', message: `'${kernel}' is not a kernel that QEMU can boot on ${arch}`, fix: `give ${wanted}` },
    ];
  });
}

async function diskProblems(spec: BootSpec, options: ResolvedOptions): Promise<readonly Problem[]> {
  const problems = diskPaths(spec).map(([id, path]) =>
    readOrNothing(async () => imageProblems(DISK_FIELDS[id], path, await readDiskImage(path), options)),
  );
  return (await Promise.all(problems)).flat();
}

function imageProblems(
  field: string,
  path: string,
  image: DiskImage,
  { backingFiles }: ResolvedOptions,
): readonly Problem[] {
  if (image.format === 'other') {
    const fix = `convert it: qemu-img convert -O qcow2 ${path} disk.qcow2`;
    return [{ path: field, message: `'${path}' is a ${image.formatName} image; raw and qcow2 are attached`, fix }];
  }
  if (image.backing === null || backingFiles === 'follow') return [];
  const message = `'${path}' takes content from another file, '${image.backing}', which a guest may have chosen`;
  return [
    {
      path: field,
      message,
      fix: "if no guest ever had this image as a raw disk, create the driver with backingFiles: 'follow'",
    },
  ];
}

async function networkProblems(spec: BootSpec): Promise<readonly Problem[]> {
  const problems = spec.networks.map(async (network, index) => {
    const path = `networks[${index}]`;
    switch (network.type) {
      case 'nat':
        return portProblems(network, path);
      case 'tap':
        return spec.netns === null && !network.create ? tapProblems(network.name, path) : [];
      case 'socket':
        return [];
    }
  });
  return (await Promise.all(problems)).flat();
}

function portProblems(network: Extract<NetworkSpec, { type: 'nat' }>, path: string): readonly Problem[] {
  return network.ports.flatMap(({ hostPort, hostAddress }, index): Problem[] => [
    ...(hostPort === 0
      ? [
          {
            path: `${path}.ports[${index}].hostPort`,
            message: 'must be above 0: QEMU does not tell which port the system chose',
          },
        ]
      : []),
    ...(isIPv4(hostAddress)
      ? []
      : [
          {
            path: `${path}.ports[${index}].hostAddress`,
            message: `must be an IPv4 address for QEMU, got '${hostAddress}'`,
          },
        ]),
  ]);
}

async function hostProblems(spec: BootSpec, host: QemuHost, options: ResolvedOptions): Promise<readonly Problem[]> {
  let binary: QemuBinary;
  try {
    binary = await host.binary();
  } catch (error) {
    return [{ path: 'driver', message: messageOf(error) }];
  }
  const helpers = await host.helpers(spec);
  return [
    ...cpuProblems(spec, binary, options),
    ...netdevProblems(spec, binary),
    ...shareProblems(spec, binary, helpers, options),
    ...vsockProblems(spec, binary, helpers, options),
    ...(await namespaceProblems(spec, helpers)),
  ];
}

function cpuProblems({ cpus }: BootSpec, { maxCpus }: QemuBinary, { machine }: ResolvedOptions): readonly Problem[] {
  if (maxCpus === null)
    return [
      {
        path: 'driver',
        message: `this QEMU has no machine '${machine}'`,
        fix: 'choose another with the option machine',
      },
    ];
  return cpus <= maxCpus
    ? []
    : [{ path: 'cpus', message: `must be at most ${maxCpus} for machine '${machine}', got ${cpus}` }];
}

function netdevProblems({ networks }: BootSpec, { netdevs }: QemuBinary): readonly Problem[] {
  const backends = { nat: 'user', tap: 'tap', socket: 'dgram' } as const;
  return networks.flatMap(({ type }, index) => {
    const backend = backends[type];
    if (netdevs.has(backend)) return [];
    return [{ path: `networks[${index}]`, message: `this QEMU was built without the network back end '${backend}'` }];
  });
}

function shareProblems(
  spec: BootSpec,
  binary: QemuBinary,
  helpers: Helpers,
  options: ResolvedOptions,
): readonly Problem[] {
  return spec.sharedDirs.flatMap((share, index) => {
    const choice = chooseShare(share, options, binary, helpers);
    if (choice.type !== 'none') return [];
    const how = share.readOnly ? 'shared read-only' : 'shared';
    return [
      {
        path: `sharedDirs[${index}]`,
        message: `'${share.hostPath}' cannot be ${how} here: ${choice.reasons.join('; ')}`,
      },
    ];
  });
}

function vsockProblems(
  { vsock }: BootSpec,
  binary: QemuBinary,
  helpers: Helpers,
  { machine }: ResolvedOptions,
): readonly Problem[] {
  if (!vsock) return [];
  if (typeof helpers.vsock === 'string') {
    const message = `${helpers.vsock}; the kernel's own vsock is of no use, since Node.js cannot open its sockets`;
    return [
      { path: 'vsock', message, fix: 'install vhost-device-vsock and give its path with the option vhostDeviceVsock' },
    ];
  }
  const model = virtio('vhost-user-vsock', machine);
  return binary.devices.has(model) ? [] : [{ path: 'vsock', message: `this QEMU was built without '${model}'` }];
}

async function namespaceProblems({ netns }: BootSpec, helpers: Helpers): Promise<readonly Problem[]> {
  if (netns !== null && typeof helpers.nsenter === 'string') return [{ path: 'netns', message: helpers.nsenter }];
  return netnsProblems(netns);
}
