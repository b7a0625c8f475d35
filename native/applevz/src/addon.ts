/**
 * The face of the native addon. The addon itself holds no policy: every call maps to one of the framework, on the machine's own queue, and answers by a promise.
 * Sizes are bytes, paths absolute. Descriptors that are handed in are duplicated; the caller closes its own. An argument of the wrong type or out of its range is a `TypeError` that names it, thrown
 * at once.
 */
export interface AppleVzAddon {
  /** Version of this interface that the binary was built for; the loader refuses any other than {@link ADDON_INTERFACE}. */
  readonly interfaceVersion: number;
  /** What this Mac, this macOS and this process allow. Cheap; asks the framework each time. */
  hostFacts(): HostFacts;
  /** The host's interfaces that a VM could be bridged to; empty without the right to. */
  bridgeInterfaces(): readonly { readonly identifier: string; readonly name: string | null }[];
  /** Installs Rosetta for Linux guests; macOS asks the user. Rejects with {@link NativeFailure}. */
  installRosetta(): Promise<void>;
  /** Two connected datagram sockets with buffers of the sizes that the framework asks for: one for a VM's NIC, one for who talks to it. Close on exec is set. */
  datagramPair(): readonly [machine: number, peer: number];
  /** A datagram socket bound to `local` and connected to `remote`, both paths of unix sockets. Throws an error with the system's `code`. */
  connectDatagram(remote: string, local: string): number;
  /** A pipe. Close on exec is set. */
  pipe(): readonly [read: number, write: number];
  /**
   * Makes a machine that is not started. Throws {@link NativeFailure} for a configuration that the framework refuses. `onEvent` does not keep the process alive; it is not
   * called after `close`.
   */
  createMachine(spec: MachineSpec, onEvent: (event: MachineEvent) => void): NativeMachine;
}

/** The interface that this package's TypeScript speaks. */
export const ADDON_INTERFACE = 1;

/** Codes of {@link NativeFailure}s of the addon's own domain, `applevz`. */
export const ADDON_FAILURES: {
  /** The machine was closed, before or while something was asked of it. */
  readonly closed: 1;
  /** The framework raised an exception where an error was to be expected. */
  readonly exception: 2;
  /** This Mac, this macOS or this build of the addon cannot do it. */
  readonly unsupported: 3;
  /** The machine was made without the device that this needs. */
  readonly noDevice: 4;
  /** The framework refused, and gave no error of its own. */
  readonly refused: 5;
} = { closed: 1, exception: 2, unsupported: 3, noDevice: 4, refused: 5 };

/** What the host allows. */
export interface HostFacts {
  /** Version of macOS, such as `15.1.0`. */
  readonly osVersion: string;
  /** Architecture of the host, as Node.js names it. */
  readonly arch: 'arm64' | 'x64';
  /** Version of the SDK that the addon was built with, such as `15.2`: of a newer macOS nothing can be used. */
  readonly builtWithSdk: string;
  /** Whether the hardware can run VMs at all (`VZVirtualMachine.supported`). */
  readonly supported: boolean;
  /** Whether this process has the entitlement `com.apple.security.virtualization`. */
  readonly entitled: boolean;
  /** Whether this process may bridge: it has `com.apple.vm.networking`, or is root. */
  readonly mayBridge: boolean;
  readonly minCpus: number;
  readonly maxCpus: number;
  readonly minMemoryBytes: number;
  readonly maxMemoryBytes: number;
  readonly rosetta: 'unsupported' | 'not-installed' | 'installed';
  /** Guests may run VMs themselves: macOS 15 on an M3 or later. */
  readonly nestedVirtualization: boolean;
  /** State can be saved and restored: macOS 14 on Apple silicon. */
  readonly saveRestore: boolean;
  /** UEFI boot and machine identifiers: macOS 13. */
  readonly efi: boolean;
  /** vmnet networks without privilege: macOS 26. */
  readonly vmnet: boolean;
}

/** What boots. */
export type BootLoaderSpec =
  | {
      readonly kind: 'linux';
      readonly kernel: string;
      readonly initramfs: string | null;
      readonly cmdline: string;
    }
  /** `create`: the variable store does not exist and is made; one that exists is never overwritten. */
  | { readonly kind: 'efi'; readonly variableStore: string; readonly create: boolean };

/** One disk, raw. */
export interface DiskSpec {
  readonly path: string;
  readonly readOnly: boolean;
  readonly caching: 'automatic' | 'uncached' | 'cached';
  readonly synchronization: 'full' | 'fsync' | 'none';
  /** Serial by which the guest knows the disk: ASCII, at most 20 bytes. */
  readonly identifier: string;
}

/** One network interface. `mac` is in the form `02:00:00:aa:bb:cc`. */
export type NetworkSpec =
  | { readonly kind: 'nat'; readonly mac: string }
  /** `fd`: a connected datagram socket, one frame per datagram. `mtu`: 1500 to 65535. */
  | { readonly kind: 'socket'; readonly mac: string; readonly fd: number; readonly mtu: number }
  | { readonly kind: 'bridged'; readonly mac: string; readonly interface: string }
  | { readonly kind: 'vmnet'; readonly mac: string; readonly mode: 'shared' | 'host' };

/** One virtio-fs device. */
export type ShareSpec =
  | { readonly kind: 'directory'; readonly tag: string; readonly path: string; readonly readOnly: boolean }
  | { readonly kind: 'rosetta'; readonly tag: string };

/** Where the guest's console goes. */
export type SerialSpec =
  /** The framework appends to the file. */
  | { readonly kind: 'file'; readonly path: string }
  /** `output`: what the guest writes arrives there; `input`: what the guest reads. */
  | { readonly kind: 'fds'; readonly input: number | null; readonly output: number };

/** A whole machine. An entropy device and a balloon are always there. */
export interface MachineSpec {
  /** Shown in crash reports and samples, as the name of the queue. */
  readonly label: string;
  readonly boot: BootLoaderSpec;
  readonly cpus: number;
  /** A multiple of 1 MiB. */
  readonly memoryBytes: number;
  /** A machine identifier of an earlier machine; null makes a new one. */
  readonly machineId: Uint8Array | null;
  readonly nestedVirtualization: boolean;
  readonly disks: readonly DiskSpec[];
  readonly networks: readonly NetworkSpec[];
  readonly shares: readonly ShareSpec[];
  readonly serial: SerialSpec | null;
  readonly vsock: boolean;
}

/** The framework's states; a number that this build does not know comes as `unknown <number>`. */
export type NativeState =
  | 'stopped'
  | 'running'
  | 'paused'
  | 'error'
  | 'starting'
  | 'pausing'
  | 'resuming'
  | 'stopping'
  | 'saving'
  | 'restoring'
  | `unknown ${number}`;

/** Something that happened without being asked for. */
export type MachineEvent =
  /** The guest powered itself off. The machine is stopped. */
  | { readonly type: 'guest-stopped' }
  /** The framework ended the machine. */
  | { readonly type: 'stopped-with-error'; readonly error: NativeFailure }
  /** The other end of a NIC is gone; `index` in {@link MachineSpec.networks}, or -1. May come several times. */
  | { readonly type: 'network-disconnected'; readonly index: number; readonly error: NativeFailure };

/** What the framework said of a failure. Of errors of the addon's own the domain is `applevz`. */
export interface NativeFailure extends Error {
  /** Such as `VZErrorDomain` or `NSPOSIXErrorDomain`. */
  readonly domain: string;
  /** The code within the domain. */
  readonly nativeCode: number;
  /** `localizedFailureReason`. */
  readonly reason: string | null;
  /** `NSUnderlyingErrorKey`, with its own underlying error and so on. */
  readonly underlying: NativeFailure | null;
}

/**
 * One machine. Every promise rejects with {@link NativeFailure}; after `close` each call does. An open promise keeps the process alive. A machine that nothing refers to any more is closed by the
 * garbage collector, and by the end of its worker.
 */
export interface NativeMachine {
  /** The opaque identifier, to be kept and given to later machines that are to be the same; null before macOS 13. */
  readonly machineId: Uint8Array | null;
  /** Asked on the machine's queue. */
  state(): Promise<NativeState>;
  start(): Promise<void>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** The power button. */
  requestStop(): Promise<void>;
  /**
   * Ends the machine at once. Fulfils for one that is off already, by itself or by an error, and for one whose guest is faster; its `guest-stopped` event comes before. Rejects for one that is just
   * starting.
   */
  stop(): Promise<void>;
  /** Whether a machine of this configuration can be saved: rejects with the reason. */
  checkSaveSupport(): Promise<void>;
  /** Saves the paused machine to a new file. */
  save(path: string): Promise<void>;
  /** Continues a saved machine in this one, which is stopped; it is paused then. */
  restore(path: string): Promise<void>;
  /** Asks the guest to give back or take memory. The framework rounds to MiB and keeps it within bounds. */
  setMemoryTarget(bytes: number): Promise<void>;
  connectVsock(port: number): Promise<VsockConnection>;
  /** `accept` is called with each connection of a guest's program; it does not keep the process alive. Replaces an earlier one. */
  listenVsock(port: number, accept: (connection: VsockConnection) => void): Promise<void>;
  unlistenVsock(port: number): Promise<void>;
  /**
   * Lets go of the machine, running or not: a running one ends. Waits for its queue, but not for the framework's end of it, so that its disks are in use a moment longer; who has to know stops it
   * first. Open promises reject. Idempotent.
   */
  close(): void;
}

/** One vsock connection: a duplicate of the framework's descriptor, and what keeps the framework's own alive. */
export interface VsockConnection {
  /** Non-blocking, raises no SIGPIPE; the receiver closes it. */
  readonly fd: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** To be called when `fd` was closed. Idempotent. */
  release(): void;
}
