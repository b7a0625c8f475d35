import type { Duplex } from 'node:stream';

/** The guest that a probe looks at. */
export interface ProbeTarget {
  /** Name of the VM. */
  readonly name: string;
  /** The address from the guest's marker. */
  readonly ip: string;
  /** Connects to a vsock port of the guest; absent where the driver cannot. */
  readonly vsock?: (port: number, signal: AbortSignal) => Promise<Duplex>;
}

/** A sign of readiness over and above the guest's marker. */
export interface ReadinessProbe {
  /** For messages: `tcp:22`. */
  readonly name: string;
  /**
   * Makes one attempt: resolves when the guest is ready in this respect, rejects with the reason when it is not yet. It is repeated by the
   * caller. An aborted attempt ends at once and leaves nothing behind.
   */
  check(target: ProbeTarget, signal: AbortSignal): Promise<void>;
}

/** `port` if it is a TCP port, else a `TypeError`. */
export function checkedPort(port: number): number {
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new TypeError(`not a port: ${port}; it must be a whole number from 1 to 65535`);
}
