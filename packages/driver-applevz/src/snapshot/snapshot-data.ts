import type { JsonObject } from '@vmrs/core/driver';
import * as v from 'valibot';

/** Name of the file in which the framework keeps the state. */
export const STATE_FILE = 'state.vzvmsave';

/** What a restore needs to know besides the framework's own file; kept in the snapshot's manifest. */
export interface SnapshotData {
  /** Identifier of the machine in base64: the framework restores into no other. */
  readonly machineId: string;
  /** Addresses of the network interfaces: the guest goes on with them. */
  readonly macs: readonly string[];
  readonly shape: MachineShape;
}

/** What of a configuration must be the same at the restore. Its members are in the words of the configuration. */
export interface MachineShape {
  readonly cpus: number;
  readonly memoryMb: number;
  readonly disks: readonly string[];
  readonly networks: readonly string[];
  readonly sharedDirs: readonly string[];
  readonly rosetta: boolean;
  readonly vsock: boolean;
  readonly efi: boolean;
  readonly nestedVirtualization: boolean;
}

/** {@link SnapshotData} as plain data. */
export function toManifest({ machineId, macs, shape }: SnapshotData): JsonObject {
  const { disks, networks, sharedDirs } = shape;
  return {
    machineId,
    macs: [...macs],
    shape: { ...shape, disks: [...disks], networks: [...networks], sharedDirs: [...sharedDirs] },
  };
}

/** Reads what {@link toManifest} has written; null when it is something else. */
export function fromManifest(value: JsonObject): SnapshotData | null {
  const texts = v.array(v.string());
  const shape = v.object({
    cpus: v.number(),
    memoryMb: v.number(),
    disks: texts,
    networks: texts,
    sharedDirs: texts,
    rosetta: v.boolean(),
    vsock: v.boolean(),
    efi: v.boolean(),
    nestedVirtualization: v.boolean(),
  });
  const { success, output } = v.safeParse(v.object({ machineId: v.string(), macs: texts, shape }), value);
  return success ? output : null;
}
