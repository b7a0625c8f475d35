import type { BootSpec } from '@vmrs/core/driver';
import { type DiskId, type DiskImage, linuxCmdline } from '@vmrs/driver-kit';
import type { ApiVmConfig } from '../control/api-types.ts';
import type { Features } from '../host/features.ts';
import type { VmOptions } from '../vm-options.ts';
import { consoleOf } from './console.ts';
import { diskConfigs, fsConfigs, netConfigs } from './device-config.ts';
import { balloonConfig, cpuConfig, memoryConfig } from './machine-config.ts';
import { hostView, privateView, type View } from './view.ts';

/** Name of the vsock device's socket, in the runtime folder. */
export const VSOCK_SOCKET = 'vsock.sock';

/** Any above 2 will do: each guest is alone on its socket. */
const GUEST_CID = 3;

/** What a plan is made from besides the configuration. */
export interface PlanInputs {
  readonly options: VmOptions;
  readonly features: Features;
  /** What the headers of the disks say. */
  readonly disks: ReadonlyMap<DiskId, DiskImage>;
  readonly runtimeDir: string;
  /** Architecture of the host, as Node.js names it. */
  readonly arch: string;
  /** Addresses of the network interfaces, where a restore takes them from its snapshot. */
  readonly macs: readonly string[] | null;
}

/** Everything that was decided about one VM. */
export interface BootPlan {
  /** The body of `vm.create`. */
  readonly config: ApiVmConfig;
  readonly view: View;
}

/** Decides everything about one VM. Pure. */
export function planBoot(spec: BootSpec, inputs: PlanInputs): BootPlan {
  const { options, features, disks } = inputs;
  const view = options.privateMounts ? privateView(options.privateMountPoint) : hostView(inputs.runtimeDir);
  const net = netConfigs(spec, options, inputs.macs);
  const config: ApiVmConfig = {
    payload: payload(spec, inputs, view),
    cpus: cpuConfig(spec, options),
    memory: memoryConfig(spec, options),
    disks: diskConfigs(spec, disks, options, view),
    ...(net.length === 0 ? {} : { net }),
    ...(spec.sharedDirs.length === 0 ? {} : { fs: fsConfigs(spec, view) }),
    ...(spec.vsock ? { vsock: { cid: GUEST_CID, socket: view.socket(VSOCK_SOCKET), id: 'vsock' } } : {}),
    ...balloonConfig(options),
    rng: { src: '/dev/urandom' },
    // stdout is the console log, opened for appending; what Cloud Hypervisor opens itself it truncates, at each reboot too.
    serial: { mode: 'Tty' },
    console: { mode: 'Off' },
    pvpanic: true,
    watchdog: options.watchdog,
    ...(spec.machineId === null ? {} : { platform: { [features.uuidKey]: spec.machineId } }),
    ...(options.landlock ? { landlock_enable: true } : {}),
  };
  return { config, view };
}

function payload(spec: BootSpec, { options, arch, disks }: PlanInputs, view: View): ApiVmConfig['payload'] {
  const { firmware } = options;
  if (firmware !== null) return { firmware: view.file('firmware', firmware) };
  if (spec.kernel === null) throw new TypeError('a kernel or firmware is required; validate() says so before');
  const console = consoleOf(arch);
  const rootIsWholeDisk = disks.get('root')?.wholeDisk ?? null;
  return {
    kernel: view.file('kernel', spec.kernel),
    ...(spec.initramfs === null ? {} : { initramfs: view.file('initramfs', spec.initramfs) }),
    cmdline: spec.cmdline ?? linuxCmdline(spec, { console, rootIsWholeDisk }),
  };
}
