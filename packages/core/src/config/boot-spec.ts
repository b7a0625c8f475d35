import type { JsonObject } from '../util/json.ts';

/** {@link PortForward} with its defaults filled in. */
export interface PortForwardSpec {
  readonly hostPort: number;
  readonly guestPort: number;
  readonly protocol: 'tcp' | 'udp';
  readonly hostAddress: string;
}

/** {@link NetworkConfig} with its defaults filled in. `mac` is lower-case, or null where the driver derives one. */
export type NetworkSpec =
  /** `create`: core makes it before the driver is called, and deletes it; `bridge` is none of the driver's concern. */
  | {
      readonly type: 'tap';
      readonly name: string;
      readonly mac: string | null;
      readonly create: boolean;
      readonly bridge: string | null;
    }
  | { readonly type: 'socket'; readonly fd: number; readonly mac: string | null }
  | { readonly type: 'socket'; readonly path: string; readonly mac: string | null }
  | { readonly type: 'nat'; readonly mac: string | null; readonly ports: readonly PortForwardSpec[] };

/** {@link SharedDir} with its defaults filled in. */
export interface SharedDirSpec {
  readonly hostPath: string;
  readonly tag: string;
  readonly readOnly: boolean;
}

/**
 * A validated, defaulted {@link VmConfig}: every field is there, absent ones are null, every path is absolute and was
 * checked to exist with the right kind. Plain data: it is written to the VM's record as it is.
 */
export interface BootSpec {
  readonly name: string;
  readonly namespace: string;
  readonly kernel: string | null;
  readonly initramfs: string | null;
  readonly rootDisk: string | null;
  readonly dataDisk: string | null;
  readonly seedIso: string | null;
  readonly cpus: number;
  readonly memoryMb: number;
  readonly networks: readonly NetworkSpec[];
  readonly sharedDirs: readonly SharedDirSpec[];
  readonly serialLog: string;
  readonly cmdline: string | null;
  readonly netns: string | null;
  readonly vsock: boolean;
  readonly machineId: string | null;
  readonly efiVariableStore: string | null;
  readonly rosetta: boolean;
  /** Checked to be plain JSON; what it says is the driver's to check. Empty when nothing was asked for. */
  readonly driverOptions: JsonObject;
}
