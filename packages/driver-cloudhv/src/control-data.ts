import type { JsonObject } from '@vmrs/core/driver';
import * as v from 'valibot';

/** One shared directory of a running VM. */
export interface SharedNow {
  /** Id of its device. */
  readonly id: string;
  readonly tag: string;
  /** Role of the daemon that serves it. */
  readonly role: string;
  /** Path of the socket on the host. */
  readonly socket: string;
}

/** What `adopt` needs to know of a running Cloud Hypervisor besides its record; kept by core as plain data. */
export interface ControlData {
  /** Path of the binary that was started. */
  readonly binary: string;
  /** Exact version, for snapshots. */
  readonly version: string;
  /** Addresses of the network interfaces of the configuration. */
  readonly macs: readonly string[];
  /** Whether the guest's memory is a file. */
  readonly sharedMemory: boolean;
  /** Bytes that were in the VMM log before this VM. */
  readonly logStart: number;
  readonly shares: readonly SharedNow[];
}

/** {@link ControlData} as it is remembered. */
export function toControl(data: ControlData): JsonObject {
  return { ...data, macs: [...data.macs], shares: data.shares.map((share) => ({ ...share })) };
}

/** Reads what {@link toControl} has written; null when it is something else. */
export function fromControl(value: JsonObject): ControlData | null {
  const share = v.object({ id: v.string(), tag: v.string(), role: v.string(), socket: v.string() });
  const shape = v.object({
    binary: v.string(),
    version: v.string(),
    macs: v.array(v.string()),
    sharedMemory: v.boolean(),
    logStart: v.number(),
    shares: v.array(share),
  });
  const { success, output } = v.safeParse(shape, value);
  return success ? output : null;
}
