import type { PortForwardSpec } from '@vmrs/core/driver';
import type { Accelerator, GuestArch, MachineType } from '../options.ts';

/** Where the guest's memory lies. */
export type MemoryPlan =
  | { readonly kind: 'private' }
  /** An anonymous file (memfd) that helpers can map and snapshots can copy. */
  | { readonly kind: 'shared' }
  /** A saved memory file, mapped copy-on-write: read when touched, never written. */
  | { readonly kind: 'restored'; readonly path: string };

/** One disk, in the order in which the guest sees them. */
export interface DiskPlan {
  readonly id: 'root' | 'seed' | 'data';
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
  readonly blockDevice: boolean;
  readonly readOnly: boolean;
}

/** One network interface. */
export interface NicPlan {
  readonly mac: string;
  readonly link:
    | { readonly type: 'nat'; readonly ports: readonly PortForwardSpec[] }
    | { readonly type: 'tap'; readonly name: string; readonly vhost: boolean }
    /** `fd` counts in QEMU's process. */
    | { readonly type: 'fd'; readonly fd: number }
    | { readonly type: 'unix'; readonly path: string; readonly localPath: string };
}

/** One shared directory. */
export interface SharePlan {
  readonly tag: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
  readonly via: { readonly type: 'virtiofs'; readonly socket: string } | { readonly type: '9p' };
}

/** Everything that was decided about one start of QEMU: plain data from which its command line follows. */
export interface BootPlan {
  /** Shown in process lists; letters, digits, `-`, `_`, `.` and `/`. */
  readonly title: string;
  readonly arch: GuestArch;
  readonly machine: MachineType;
  readonly accelerator: Accelerator;
  /** Null leaves it to QEMU. */
  readonly cpu: string | null;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly memory: MemoryPlan;
  /** Whether to leave out the PS/2 controller. */
  readonly withoutI8042: boolean;
  /** Firmware to use instead of the machine's own. */
  readonly firmware: string | null;
  readonly kernel: string;
  readonly initramfs: string | null;
  readonly cmdline: string;
  readonly uuid: string | null;
  readonly serialLog: string;
  /** Sockets of the QMP monitors. */
  readonly monitors: readonly string[];
  readonly disks: readonly DiskPlan[];
  readonly nics: readonly NicPlan[];
  readonly shares: readonly SharePlan[];
  /** Socket of the vsock helper; null without vsock. */
  readonly vsockSocket: string | null;
  /** Device models without further configuration: panic notifier, entropy, balloon. */
  readonly extras: readonly string[];
  /** Start as the target of a restore: nothing runs until the state has arrived. */
  readonly incoming: boolean;
}
