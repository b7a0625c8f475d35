import type { JsonObject } from '@vmrs/core/driver';
import { textOf } from './control/qmp-message.ts';

/** What `adopt` needs to know of a running QEMU besides its record; kept by core as plain data. */
export interface ControlData {
  /** Path of the binary that was started. */
  readonly binary: string;
  /** Whether the guest's memory is a memfd, of which snapshots keep a copy. */
  readonly sharedMemory: boolean;
  /** See `hardwareDigest`. */
  readonly hardware: string;
}

/** {@link ControlData} as it is remembered. */
export function toControl(data: ControlData): JsonObject {
  return { ...data };
}

/** Reads what {@link toControl} has written; null when it is something else. */
export function fromControl(value: JsonObject): ControlData | null {
  const binary = textOf(value, 'binary');
  const hardware = textOf(value, 'hardware');
  const sharedMemory = value['sharedMemory'];
  if (binary === undefined || hardware === undefined || typeof sharedMemory !== 'boolean') return null;
  return { binary, sharedMemory, hardware };
}
