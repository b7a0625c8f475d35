import type { AbortOptions, JsonObject } from '@vmrs/core/driver';

/** Anything with the driver's operations behind it: a `Vm` of `@vmrs/core`. */
export interface OperableVm {
  operate(name: string, args?: JsonObject, options?: AbortOptions): Promise<JsonObject>;
}

/** What is known of a machine. */
export interface AppleVzInfo {
  /** The framework's own word for its state, such as `running` or `saving`. */
  readonly state: string;
  /** Its identifier in base64, for `machineId` of later VMs that are to be the same; null before macOS 13. */
  readonly machineId: string | null;
  /** The addresses of its network interfaces. */
  readonly macs: readonly string[];
  readonly host: { readonly pid: number; readonly executable: string };
}

/** What Virtualization.framework can do with a VM beyond what every driver can. */
export interface AppleVz {
  info(options?: AbortOptions): Promise<AppleVzInfo>;
  /** Asks the guest to make do with that much memory, in MiB; up to the memory of its configuration. What the guest does is the guest's. */
  setMemoryTarget(target: { readonly memoryMb: number }, options?: AbortOptions): Promise<void>;
  /**
   * Lets programs of the guest connect to a vsock port of the host: each connection is passed on to the unix socket of the returned path, at which the caller listens. One that comes while
   * nobody does is closed. Holds until `unlistenVsock` or the end of the VM.
   */
  listenVsock(on: { readonly port: number }, options?: AbortOptions): Promise<{ readonly path: string }>;
  /** Refuses connections to the port again. */
  unlistenVsock(on: { readonly port: number }, options?: AbortOptions): Promise<void>;
}

/**
 * The operations of Virtualization.framework on a VM that this driver runs; each is `vm.operate` with its types. Each throws `UNSUPPORTED` for a VM of another
 * driver, `INVALID_CONFIG` for arguments that do not fit, `HYPERVISOR` with the framework's words, `INVALID_STATE`, `ABORTED`.
 */
export function appleVz(vm: OperableVm): AppleVz {
  return {
    async info(options) {
      return (await vm.operate('info', {}, options)) as unknown as AppleVzInfo;
    },
    async setMemoryTarget({ memoryMb }, options) {
      await vm.operate('set-memory-target', { memoryMb }, options);
    },
    async listenVsock({ port }, options) {
      const { path } = await vm.operate('listen-vsock', { port }, options);
      return { path: String(path) };
    },
    async unlistenVsock({ port }, options) {
      await vm.operate('unlisten-vsock', { port }, options);
    },
  };
}
