import type { JsonValue } from '../util/json.ts';

/** A host port that leads to a port of the guest. Capability `portForwards`. */
export interface PortForward {
  /** Port on the host; 0 lets the system choose where the driver can. */
  readonly hostPort: number;
  /** Port in the guest. */
  readonly guestPort: number;
  /** Default `tcp`. */
  readonly protocol?: 'tcp' | 'udp';
  /** Address on the host to listen on. Default `127.0.0.1`. */
  readonly hostAddress?: string;
}

/** One network interface of a VM. */
export type NetworkConfig =
  /** An existing tap device of the caller's; it is used and never deleted. Linux. Capability `tap`. */
  | { readonly type: 'tap'; readonly name: string; readonly create?: false; readonly mac?: string }
  /**
   * A tap device that is made for the VM, in its `netns` where it has one, and deleted with it. `name` must not be taken (default: made up, `vmrs` and eleven digits);
   * `bridge` is an existing bridge that it becomes a port of. Linux, needs root. Capability `tap`.
   */
  | {
      readonly type: 'tap';
      readonly create: true;
      readonly name?: string;
      readonly bridge?: string;
      readonly mac?: string;
    }
  /** A datagram socket, one Ethernet frame each: an open file descriptor, or the path of a unix socket. Capability `socketNetwork`. */
  | { readonly type: 'socket'; readonly fd: number; readonly mac?: string }
  | { readonly type: 'socket'; readonly path: string; readonly mac?: string }
  /** Outgoing connections through the host, without any set-up or privilege. Capability `nat`. */
  | { readonly type: 'nat'; readonly mac?: string; readonly ports?: readonly PortForward[] };

/** A host directory that the guest can mount. Capability `sharedDirs`. */
export interface SharedDir {
  /** Directory on the host. */
  readonly hostPath: string;
  /** The name by which the guest mounts it: 1 to 36 bytes (limit of virtio-fs), unique within the VM. */
  readonly tag: string;
  /** Enforced on the host, whatever the guest does. Default false. Capability `readOnlyShares`. */
  readonly readOnly?: boolean;
}

/** Options of a driver whose own type of them is not known. */
export type AnyVmOptions = Readonly<Record<string, JsonValue>>;

/**
 * Everything that is needed to boot a VM. `Options` are those of the driver, where its type is known (`VmManager.open({ drivers: [cloudhv()] })`).
 *
 * Two ways to boot: *initramfs boot* (`kernel` + `initramfs`, stateless) and *disk boot* (`kernel` + `rootDisk`, with
 * a `seedIso` for cloud-init where wanted). Relative paths are refused. Fields that the chosen driver cannot honour are
 * refused before anything happens, never ignored.
 */
export interface VmConfig<Options extends object = AnyVmOptions> {
  /** 1 to 128 letters, digits, `-`, `_`, `.`; not starting with `.` or `-`. Unique within the namespace, also ignoring case. */
  readonly name: string;
  /** Logical group of VMs; same alphabet as `name`. Default `default`. */
  readonly namespace?: string;
  /** Kernel image. Required unless `efiVariableStore` is set. */
  readonly kernel?: string;
  /** Initial RAM file system. */
  readonly initramfs?: string;
  /** Root disk image (raw or qcow2, told by its header); the guest may write to it. */
  readonly rootDisk?: string;
  /** A further disk image; the guest may write to it. */
  readonly dataDisk?: string;
  /** NoCloud seed image for cloud-init; attached read-only. */
  readonly seedIso?: string;
  /** Number of virtual CPUs, at least 1. Default 1. */
  readonly cpus?: number;
  /** Memory of the guest in MiB, at least 1. Default 512. */
  readonly memoryMb?: number;
  /** Network interfaces, in the order in which the guest sees them. Default none. */
  readonly networks?: readonly NetworkConfig[];
  /** Host directories shared with the guest. Default none. */
  readonly sharedDirs?: readonly SharedDir[];
  /** File that receives the guest's console. An existing file is appended to. Default `serial.log` in the VM's own folder. */
  readonly serialLog?: string;
  /** Kernel command line; replaces the driver's default completely. */
  readonly cmdline?: string;
  /** Linux network namespace in which the VMM runs. Capability `netns`. */
  readonly netns?: string;
  /** Gives the guest a vsock device. Default false. Capability `vsock`. */
  readonly vsock?: boolean;
  /** Identity of the machine that stays over boots; its form depends on the driver (a UUID for QEMU and Cloud Hypervisor). Capability `machineId`. */
  readonly machineId?: string;
  /** EFI variable store, for a boot through UEFI; made where it does not exist, and kept. Capability `efiVariableStore`. */
  readonly efiVariableStore?: string;
  /** Rosetta translation in an arm64 Linux guest on macOS. Default false. Capability `rosetta`. */
  readonly rosetta?: boolean;
  /**
   * Options of the driver for this VM alone, in its own words: plain JSON. See the page of the driver for what there is; what it does not know is
   * refused. Default none. Capability `driverOptions`.
   */
  readonly driverOptions?: Options;
}
