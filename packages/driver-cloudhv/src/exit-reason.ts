import { ignoreErrno, type MachineExit, openFile, type ProcessExit } from '@vmrs/core/driver';

/** What is known about an end besides how the process ended. */
export interface ExitClues {
  /** Whether the guest told of a panic. */
  readonly panicked: boolean;
  /** Whether this driver told Cloud Hypervisor to end. */
  readonly terminated: boolean;
  /** The last thing that Cloud Hypervisor logged about its end; null when it logged nothing. */
  readonly lastWord: LastWord | null;
}

/** `guest`: the guest powered itself off. `host`: a signal, or a virtual CPU or device that failed. */
export type LastWord = 'guest' | 'host';

/**
 * How the VM ended. Cloud Hypervisor's exit code tells little: it is 0 for a power-off, for SIGTERM and for a failure at run time alike, so its log
 * decides. Where the log says nothing, an end in order that nobody here asked for is taken for the guest's.
 */
export function machineExit(exit: ProcessExit, { panicked, terminated, lastWord }: ExitClues): MachineExit {
  const { code, signal, known } = exit;
  if (panicked) return { reason: 'panic', code, signal };
  if (!known) return { reason: lastWord ?? 'unknown', code, signal };
  const inOrder = signal === null && code === 0;
  const byGuest = inOrder && !terminated && lastWord !== 'host';
  return { reason: byGuest ? 'guest' : 'host', code, signal };
}

/** Some screens of log; what Cloud Hypervisor says while it ends comes after its word. */
const WINDOW_BYTES = 64 * 1024;

/** `info!` messages of `control_loop` in Cloud Hypervisor's `vmm/src/lib.rs`, v52 to v54; `ACPI Shutdown signalled` of `devices/src/acpi.rs` is older. */
const WORDS = /VM guest exit event|ACPI Shutdown signalled|VM exit event/g;

/** Reads the last word about the end of the VM from its VMM log, of which `start` bytes are older than the VM. Null when there is none. */
export async function readLastWord(vmmLog: string, start: number): Promise<LastWord | null> {
  const log = await ignoreErrno(openFile(vmmLog, 'r'), 'ENOENT');
  if (log === undefined) return null;
  await using handle = log;
  const { size } = await handle.stat();
  const position = Math.max(start <= size ? start : 0, size - WINDOW_BYTES);
  const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(size - position), position });
  const words = buffer.toString('latin1', 0, bytesRead).match(WORDS) ?? [];
  // Before v52 a power-off by the guest ends in the same word as a signal, with its own before it.
  if (words.some((word) => word !== 'VM exit event')) return 'guest';
  return words.length === 0 ? null : 'host';
}
