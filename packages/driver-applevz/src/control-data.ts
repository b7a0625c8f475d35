import type { JsonObject } from '@vmrs/core/driver';
import * as v from 'valibot';

/** What `adopt` needs to know of a running host besides its record; kept by core as plain data. */
export interface ControlData {
  /** The executable that was started, for people. */
  readonly executable: string;
  /** Identifier of the machine in base64; null when it is not known yet, or before macOS 13. */
  readonly machineId: string | null;
  /** Addresses of the network interfaces. */
  readonly macs: readonly string[];
}

/** {@link ControlData} as it is remembered. */
export function toControl(data: ControlData): JsonObject {
  return { ...data, macs: [...data.macs] };
}

/** Reads what {@link toControl} has written; null when it is something else. */
export function fromControl(value: JsonObject): ControlData | null {
  const shape = v.object({ executable: v.string(), machineId: v.nullable(v.string()), macs: v.array(v.string()) });
  const { success, output } = v.safeParse(shape, value);
  return success ? output : null;
}
