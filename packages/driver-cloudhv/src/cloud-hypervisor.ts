import type { AbortOptions, JsonObject } from '@vmrs/core/driver';

/** Anything with the driver's operations behind it: a `Vm` of `@vmrs/core`. */
export interface OperableVm {
  operate(name: string, args?: JsonObject, options?: AbortOptions): Promise<JsonObject>;
}

/** A device that was added: the id by which it is removed, and its PCI address. */
export interface AddedDevice {
  readonly id: string;
  readonly bdf: string;
}

/** What Cloud Hypervisor can do with a VM beyond what every driver can. Sizes are MiB, times milliseconds. */
export interface CloudHypervisor {
  /** Resizes the running VM, within `maxCpus` and `maxMemoryMb` of its `driverOptions`; the guest follows when and if it will. */
  resize(
    to: { readonly cpus?: number; readonly memoryMb?: number; readonly balloonMb?: number },
    options?: AbortOptions,
  ): Promise<void>;
  /** Grows a raw disk. The disks of the configuration have the ids `root`, `seed` and `data`. */
  resizeDisk(disk: { readonly id: string; readonly sizeMb: number }, options?: AbortOptions): Promise<void>;
  /** Adds a disk: raw, qcow2 or VHDX. */
  addDisk(
    disk: { readonly path: string; readonly readOnly?: boolean; readonly id?: string },
    options?: AbortOptions,
  ): Promise<AddedDevice>;
  /** Adds a network interface on an existing tap. */
  addNetwork(
    network: { readonly tap: string; readonly mac?: string; readonly id?: string },
    options?: AbortOptions,
  ): Promise<AddedDevice>;
  /** Shares one more directory; the VM's memory must be shared (`driverOptions.sharedMemory`, or a share in its configuration). */
  addShare(
    share: { readonly hostPath: string; readonly tag: string; readonly readOnly?: boolean },
    options?: AbortOptions,
  ): Promise<AddedDevice>;
  /** Takes a device away and waits until the guest has let it go, `timeoutMs` at most (default 30000). */
  removeDevice(device: { readonly id: string; readonly timeoutMs?: number }, options?: AbortOptions): Promise<void>;
  /** The reset button. Readiness is taken back. */
  reboot(options?: AbortOptions): Promise<void>;
  /** A non-maskable interrupt. */
  nmi(options?: AbortOptions): Promise<void>;
  /** Writes memory and registers to a new file; only builds of Cloud Hypervisor with `guest_debug` can. */
  coreDump(to: { readonly path: string }, options?: AbortOptions): Promise<void>;
  /** State, configuration and devices, in Cloud Hypervisor's own words (`vm.info`). */
  info(options?: AbortOptions): Promise<JsonObject>;
  /** Counters by device and name (`vm.counters`). */
  counters(options?: AbortOptions): Promise<Readonly<Record<string, Readonly<Record<string, number>>>>>;
}

/**
 * The operations of Cloud Hypervisor on a VM that this driver runs; each is `vm.operate` with its types. Each throws `UNSUPPORTED` for a VM of another
 * driver, `INVALID_CONFIG` for arguments that do not fit, `HYPERVISOR` with Cloud Hypervisor's words, `INVALID_STATE`, `ABORTED`.
 */
export function cloudHypervisor(vm: OperableVm): CloudHypervisor {
  const run = async (name: string, args: object, options: AbortOptions | undefined): Promise<JsonObject> =>
    vm.operate(name, JSON.parse(JSON.stringify(args)) as JsonObject, options);
  const add = async (name: string, args: object, options: AbortOptions | undefined): Promise<AddedDevice> => {
    const { id, bdf } = await run(name, args, options);
    return { id: String(id), bdf: String(bdf) };
  };
  const plain = async (name: string, args: object, options: AbortOptions | undefined): Promise<void> => {
    await run(name, args, options);
  };
  return {
    resize: (to, options) => plain('resize', to, options),
    resizeDisk: (disk, options) => plain('resize-disk', disk, options),
    addDisk: (disk, options) => add('add-disk', disk, options),
    addNetwork: (network, options) => add('add-network', network, options),
    addShare: (share, options) => add('add-share', share, options),
    removeDevice: (device, options) => plain('remove-device', device, options),
    reboot: (options) => plain('reboot', {}, options),
    nmi: (options) => plain('nmi', {}, options),
    coreDump: (to, options) => plain('core-dump', to, options),
    info: (options) => run('info', {}, options),
    async counters(options) {
      return (await run('counters', {}, options)) as Readonly<Record<string, Readonly<Record<string, number>>>>;
    },
  };
}
