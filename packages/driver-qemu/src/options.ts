/** Architectures of guests that this driver boots. */
export type GuestArch = 'x86_64' | 'aarch64';

/** Accelerators of QEMU that this driver knows; `tcg` is translation in software and works everywhere. */
export type Accelerator = 'kvm' | 'hvf' | 'whpx' | 'tcg';

/** Machine types that this driver configures. */
export type MachineType = 'q35' | 'pc' | 'microvm' | 'virt';

/** What can be chosen about the QEMU driver. Everything has a default that works. */
export interface QemuOptions {
  /** Path of `qemu-system-<arch>`. Default: `$VMRS_QEMU`, else the first one in `PATH`. */
  readonly binary?: string;
  /** Architecture of the guest. Default: that of the host. Another one than the host's runs under TCG. */
  readonly arch?: GuestArch;
  /** `auto` tries the host's own accelerator with a small program and takes TCG when that does not run. Default `auto`. */
  readonly accel?: 'auto' | Accelerator;
  /**
   * Default `auto`: `q35` for x86_64, `virt` for aarch64. `microvm` has no PCI and boots a little faster. Under TCG it has no ACPI either: no
   * power button, and only kernels with `CONFIG_VIRTIO_MMIO_CMDLINE_DEVICES` find its devices; Debian's have it not.
   */
  readonly machine?: 'auto' | MachineType;
  /**
   * CPU model of the guest, in QEMU's words. Default: `host` with KVM and HVF; under TCG `qemu64` for x86_64, the fastest one measured
   * (`Nehalem` where the guest wants x86-64-v2 costs about an eighth of the boot time), and `cortex-a57` for aarch64.
   */
  readonly cpu?: string;
  /**
   * Where the guest's memory lies. `shared` is an anonymous file that helpers can map and of which a snapshot keeps a copy that
   * the restore maps; `private` is ordinary memory, saved and read back in full. Default `auto`: shared where a helper needs it and
   * under TCG on Linux, else private.
   */
  readonly memory?: 'auto' | 'private' | 'shared';
  /** How directories are shared. Default `auto`: virtiofs where its daemon is found and can do what is asked, else 9p. */
  readonly shares?: 'auto' | 'virtiofs' | '9p';
  /** Path of `virtiofsd`. Default: looked for in `PATH` and where distributions put it. */
  readonly virtiofsd?: string;
  /** How virtiofsd locks itself in. `namespace` is the strongest; inside of some containers only `chroot` works. Default `namespace`. */
  readonly virtiofsdSandbox?: 'namespace' | 'chroot';
  /** Path of `vhost-device-vsock`. Default: looked for in `PATH`. */
  readonly vhostDeviceVsock?: string;
  /**
   * Whether a qcow2 image may take content from further files. A guest that had a disk as raw can write a header to it that names
   * any file of the host; so follow such names only for images that no guest has had as raw. Default `refuse`.
   */
  readonly backingFiles?: 'refuse' | 'follow';
  /** Milliseconds until a started QEMU must answer on its monitor. Default 30000. */
  readonly startTimeoutMs?: number;
}

/** Allowed values of the options that choose among words. */
const CHOICES = {
  arch: ['x86_64', 'aarch64'],
  accel: ['auto', 'kvm', 'hvf', 'whpx', 'tcg'],
  machine: ['auto', 'q35', 'pc', 'microvm', 'virt'],
  memory: ['auto', 'private', 'shared'],
  shares: ['auto', 'virtiofs', '9p'],
  virtiofsdSandbox: ['namespace', 'chroot'],
  backingFiles: ['refuse', 'follow'],
} as const satisfies Partial<Record<keyof QemuOptions, readonly string[]>>;

const TEXTS = ['binary', 'cpu', 'virtiofsd', 'vhostDeviceVsock'] as const;

/** {@link QemuOptions} with its defaults filled in; null means "to be found out". */
export interface ResolvedOptions {
  readonly binary: string | null;
  readonly arch: GuestArch;
  readonly accel: 'auto' | Accelerator;
  readonly machine: MachineType;
  readonly cpu: string | null;
  readonly memory: 'auto' | 'private' | 'shared';
  readonly shares: 'auto' | 'virtiofs' | '9p';
  readonly virtiofsd: string | null;
  readonly virtiofsdSandbox: 'namespace' | 'chroot';
  readonly vhostDeviceVsock: string | null;
  readonly backingFiles: 'refuse' | 'follow';
  readonly startTimeoutMs: number;
}

/** Fills in the defaults. Throws `TypeError` for an option that makes no sense. */
export function resolveOptions(options: QemuOptions, hostArch: string = process.arch): ResolvedOptions {
  for (const [name, value] of Object.entries(options)) checkOption(name, value);
  const arch = options.arch ?? (hostArch === 'arm64' ? 'aarch64' : 'x86_64');
  const machine = options.machine ?? 'auto';
  if (machine !== 'auto' && (machine === 'virt') !== (arch === 'aarch64')) {
    throw new TypeError(`qemu driver: there is no machine '${machine}' for arch '${arch}'`);
  }
  return {
    binary: options.binary ?? null,
    arch,
    accel: options.accel ?? 'auto',
    machine: machine === 'auto' ? (arch === 'aarch64' ? 'virt' : 'q35') : machine,
    cpu: options.cpu ?? null,
    memory: options.memory ?? 'auto',
    shares: options.shares ?? 'auto',
    virtiofsd: options.virtiofsd ?? null,
    virtiofsdSandbox: options.virtiofsdSandbox ?? 'namespace',
    vhostDeviceVsock: options.vhostDeviceVsock ?? null,
    backingFiles: options.backingFiles ?? 'refuse',
    startTimeoutMs: options.startTimeoutMs ?? 30_000,
  };
}

function checkOption(name: string, value: unknown): void {
  if (value === undefined) return;
  const choices: Readonly<Record<string, readonly string[]>> = CHOICES;
  const allowed = Object.hasOwn(choices, name) ? choices[name] : undefined;
  if (allowed !== undefined) {
    if (typeof value === 'string' && allowed.includes(value)) return;
    throw new TypeError(`qemu driver: option '${name}' must be one of ${allowed.join(', ')}; got '${String(value)}'`);
  }
  if ((TEXTS as readonly string[]).includes(name)) {
    if (typeof value === 'string' && value !== '') return;
    throw new TypeError(`qemu driver: option '${name}' must be a non-empty string`);
  }
  if (name !== 'startTimeoutMs') throw new TypeError(`qemu driver: there is no option '${name}'`);
  if (typeof value !== 'number' || !(value > 0))
    throw new TypeError(`qemu driver: option '${name}' must be a number above 0`);
}
