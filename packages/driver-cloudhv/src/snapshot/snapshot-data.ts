import type { JsonObject } from '@vmrs/core/driver';
import * as v from 'valibot';

/** Names of the files that Cloud Hypervisor writes. */
export const CONFIG_FILE = 'config.json';
export const STATE_FILE = 'state.json';
export const MEMORY_FILE = 'memory-ranges';

/** What a restore needs to know besides Cloud Hypervisor's own files; kept in the snapshot's manifest. */
export interface SnapshotData {
  /** Exact version that wrote the state; its form changes from one to the next. */
  readonly cloudHypervisor: string;
  /** Addresses of the network interfaces: the guest goes on with them. */
  readonly macs: readonly string[];
  /** Whether the memory was shared; see `restoreMode`. */
  readonly sharedMemory: boolean;
}

/** {@link SnapshotData} as plain data. */
export function toManifest(data: SnapshotData): JsonObject {
  return { ...data, macs: [...data.macs] };
}

/** Reads what {@link toManifest} has written; null when it is something else. */
export function fromManifest(value: JsonObject): SnapshotData | null {
  const shape = v.object({ cloudHypervisor: v.string(), macs: v.array(v.string()), sharedMemory: v.boolean() });
  const { success, output } = v.safeParse(shape, value);
  return success ? output : null;
}
