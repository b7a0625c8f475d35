/**
 * How the double behaves. Plain data that travels in the environment of the process that loads the addon; see {@link fakeAddonEnvironment}. The process's first thread may change its
 * own environment between two machines.
 */
export interface FakeSettings {
  /**
   * The entitlements of the process, by their full names. `signed`: those that a stand-in for `codesign` has appended, as the property list that it was given, to the executable of
   * the process. Default: `com.apple.security.virtualization`.
   */
  readonly entitlements?: readonly string[] | 'signed';
  /** Whether the hardware can run VMs. Default: true. */
  readonly supported?: boolean;
  /** The pretended macOS. Default: `26.0.0`. */
  readonly osVersion?: string;
  /** The pretended processor. Machines can be saved, and Rosetta is there, on `arm64` only. Default: this host's own. */
  readonly arch?: 'arm64' | 'x64';
  /** The SDK that the addon was built with. Default: `26.0`. */
  readonly sdkVersion?: string;
  /** Whether the processor can run VMs in VMs. Default: false. */
  readonly nested?: boolean;
  /** Default: `installed`. */
  readonly rosetta?: 'unsupported' | 'not-installed' | 'installed';
  /** Why installing Rosetta fails. Default: it does not. */
  readonly rosettaInstallationFails?: string;
  /** Interfaces to bridge to, each with its name. They are there for root, and with the entitlement `com.apple.vm.networking`. Default: `en0`, Ethernet. */
  readonly bridgeInterfaces?: Readonly<Record<string, string>>;
  /** Whether vmnet makes networks. Default: true. */
  readonly vmnet?: boolean;
  /** Default: 1. */
  readonly minCpus?: number;
  /** Default: 8. */
  readonly maxCpus?: number;
  /** Default: 4 MiB. */
  readonly minMemoryBytes?: number;
  /** Default: 16 GiB. */
  readonly maxMemoryBytes?: number;
  /** Machines of one process that may run at a time. Default: 1000. */
  readonly maxMachines?: number;
  /** A use of a machine off its queue ends the process, as on a Mac. Default: it is counted, and told on stderr. */
  readonly offQueueIsFatal?: boolean;
  /** File to which each process, when it exits, appends a line with its counters; see `readCounterLog`. Default: none. */
  readonly log?: string;
  /**
   * What runs guests. `scripted`: nothing but a script that obeys the hooks `vmrs.test=` of the kernel command line. `qemu`: QEMU, in software, with the kernel, disks, networks and
   * shares of the machine. Default: `scripted`.
   */
  readonly guest?: 'scripted' | 'qemu';
  readonly faults?: FakeFaults;
}

/** What can be asked of a machine, and fail. */
export type FakeOperation = 'start' | 'pause' | 'resume' | 'stop' | 'save' | 'restore';

/** Where the framework can be made to raise: calls, properties and the making of a machine. */
export type FakeCall =
  | FakeOperation
  | 'request-stop'
  | 'state'
  | 'can'
  | 'set-delegate'
  | 'connect'
  | 'listen'
  | 'validate'
  | 'make'
  | 'memory-balloon-devices'
  | 'network-devices'
  | 'socket-devices';

/** Ways in which machines fail on purpose. Default: none. */
export interface FakeFaults {
  /** Operations that fail, each with the reason. */
  readonly fails?: Readonly<Partial<Record<FakeOperation | 'check-save', string>>>;
  /** Operations that take that many milliseconds. */
  readonly slow?: Readonly<Partial<Record<FakeOperation, number>>>;
  /** Operations that never come to an end. */
  readonly neverCompletes?: readonly (FakeOperation | 'connect')[];
  /** Where the framework raises an exception. */
  readonly raisesIn?: readonly FakeCall[];
  /** The power button does nothing. */
  readonly ignoresRequestStop?: boolean;
  /** The guest ends by itself just as it is stopped, so that the framework finds no machine to stop. */
  readonly stopRaces?: boolean;
  /** Milliseconds after the start at which the framework ends the machine with an error. */
  readonly crashAfterMs?: number;
  /** Milliseconds after the start at which every NIC loses its other end. */
  readonly disconnectNetworkAfterMs?: number;
}

/** The variables by which a process with the addon in it behaves so; to be merged into its environment. */
export function fakeAddonEnvironment(settings: FakeSettings = {}): Readonly<Record<string, string>> {
  const guestProgram = new URL('guest-program/guest-program.ts', import.meta.url);
  const variables: Readonly<Record<string, string | number | boolean | undefined>> = {
    ENTITLEMENTS: settings.entitlements === 'signed' ? 'signed' : settings.entitlements?.join(','),
    SUPPORTED: settings.supported,
    OS_VERSION: settings.osVersion,
    ARCH: settings.arch,
    SDK_VERSION: settings.sdkVersion,
    NESTED: settings.nested,
    ROSETTA: settings.rosetta,
    ROSETTA_INSTALLATION: settings.rosettaInstallationFails,
    BRIDGE_INTERFACES: settings.bridgeInterfaces && joined(settings.bridgeInterfaces, ','),
    VMNET: settings.vmnet,
    MIN_CPUS: settings.minCpus,
    MAX_CPUS: settings.maxCpus,
    MIN_MEMORY: settings.minMemoryBytes,
    MAX_MEMORY: settings.maxMemoryBytes,
    MAX_MACHINES: settings.maxMachines,
    OFF_QUEUE_IS_FATAL: settings.offQueueIsFatal,
    LOG: settings.log,
    GUEST: settings.guest,
    GUEST_PROGRAM: settings.guest === 'qemu' ? guestProgram.pathname : undefined,
    NODE: settings.guest === 'qemu' ? process.execPath : undefined,
    FAULTS: settings.faults && joined(faultsOf(settings.faults), ';'),
  };
  const set = Object.entries(variables).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set.map(([name, value]) => [`VMRS_APPLEVZ_FAKE_${name}`, spelled(value)]));
}

function faultsOf(faults: FakeFaults): Readonly<Record<string, string | number>> {
  const named = (prefix: string, values: Readonly<Record<string, string | number>> = {}): [string, string | number][] =>
    Object.entries(values).map(([name, value]) => [`${prefix}-${name}`, value]);
  const flags = (prefix: string, names: readonly string[] = []): [string, string][] =>
    names.map((name) => [`${prefix}-${name}`, '']);
  return Object.fromEntries([
    ...named('fail', faults.fails),
    ...named('slow', faults.slow),
    ...flags('never-complete', faults.neverCompletes),
    ...flags('raise-in', faults.raisesIn),
    ...(faults.ignoresRequestStop ? [['ignore-request-stop', '']] : []),
    ...(faults.stopRaces ? [['stop-races', '']] : []),
    ...(faults.crashAfterMs === undefined ? [] : [['crash-after', faults.crashAfterMs]]),
    ...(faults.disconnectNetworkAfterMs === undefined
      ? []
      : [['disconnect-network-after', faults.disconnectNetworkAfterMs]]),
  ]);
}

/** `name=value` pairs. Throws a TypeError for a value that holds the separator. */
function joined(pairs: Readonly<Record<string, string | number>>, separator: string): string {
  return Object.entries(pairs)
    .map(([name, value]) => {
      if (String(value).includes(separator)) throw new TypeError(`"${value}" holds a "${separator}"`);
      return value === '' ? name : `${name}=${value}`;
    })
    .join(separator);
}

function spelled(value: string | number | boolean | undefined): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return String(value);
}
