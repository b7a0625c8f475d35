import type { MachineExit, ProcessExit } from '@vmrs/core/driver';
import { type QmpEvent, textOf } from './control/qmp-message.ts';

/** What QEMU said last about the end of the VM: the content of its `SHUTDOWN` event. */
export interface Shutdown {
  /** Whether the guest asked for it. */
  readonly guest: boolean;
  /** `ShutdownCause` in `qapi/run-state.json`. */
  readonly reason: string;
}

/** Reads a `SHUTDOWN` event. */
export function readShutdown(event: QmpEvent): Shutdown {
  return { guest: event.data['guest'] === true, reason: textOf(event.data, 'reason') ?? '' };
}

/**
 * How the VM ended: what QEMU announced goes before how its process ended. Without an announcement QEMU was ended from outside or
 * crashed; of a process that was not our child, nobody knows.
 */
export function machineExit(exit: ProcessExit, shutdown: Shutdown | null, panicked: boolean): MachineExit {
  const { code, signal } = exit;
  if (panicked || shutdown?.reason === 'guest-panic') return { reason: 'panic', code, signal };
  if (signal === null && shutdown?.guest === true) return { reason: 'guest', code, signal };
  return { reason: shutdown === null && !exit.known ? 'unknown' : 'host', code, signal };
}
