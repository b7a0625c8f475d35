import type { JsonObject, JsonValue } from '@vmrs/core/driver';
import { textOf } from './control/qmp-message.ts';

/** What `adopt` needs to know of a running QEMU besides its record; kept by core as plain data. */
export interface ControlData {
  /** Path of the binary that was started. */
  readonly binary: string;
  /** Whether the guest's memory is a memfd, of which snapshots keep a copy. */
  readonly sharedMemory: boolean;
  /** See `hardwareDigest`. */
  readonly hardware: string;
  /** Addresses of the network interfaces. */
  readonly macs: readonly string[];
}

/** {@link ControlData} as it is remembered. */
export function toControl(data: ControlData): JsonObject {
  return { ...data };
}

/** Reads what {@link toControl} has written; null when it is something else. */
export function fromControl(value: JsonObject): ControlData | null {
  const binary = textOf(value, 'binary');
  const hardware = textOf(value, 'hardware');
  const { sharedMemory, macs } = value;
  if (binary === undefined || hardware === undefined || typeof sharedMemory !== 'boolean' || !Array.isArray(macs))
    return null;
  const isText = (mac: JsonValue): mac is string => typeof mac === 'string';
  return { binary, sharedMemory, hardware, macs: macs.filter(isText) };
}
