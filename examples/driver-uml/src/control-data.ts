import type { JsonObject } from '@vmrs/core/driver';

/** What has to be known to take a kernel back. */
export interface ControlData {
  readonly socket: string;
  /** What it was told to be last: the kernel cannot be asked. */
  readonly paused: boolean;
}

/** As plain data, for `remember`. */
export function toControl({ socket, paused }: ControlData): JsonObject {
  return { socket, paused };
}

/** {@link toControl} back; null for what it never wrote. */
export function fromControl({ socket, paused }: JsonObject): ControlData | null {
  return typeof socket === 'string' && typeof paused === 'boolean' ? { socket, paused } : null;
}
