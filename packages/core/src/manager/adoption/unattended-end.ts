import type { ProcessExit } from '../../contract/index.ts';
import { recordedExit, selfIdentity } from '../../process/index.ts';
import type { LedgerEntry } from '../../resources/index.ts';
import type { VmExit } from '../../state/index.ts';
import type { VmRecord } from '../../store/index.ts';
import type { VmHome } from '../home/vm-home.ts';
import type { EndState } from '../runtime/exit-verdict.ts';

/** {@link unattendedEnd} of the VM that is gone and was last kept in `home`. Throws what reading it throws. */
export async function endOfUnattended(home: VmHome, at: string): Promise<EndState> {
  return endFound(home.knownRecord, (await home.ledger()).entries(), at);
}

/** {@link unattendedEnd} by what is on disk. Throws what reading it throws. */
export async function endFound(record: VmRecord, entries: readonly LedgerEntry[], at: string): Promise<EndState> {
  const rebooted = record.bootId !== (await selfIdentity()).bootId;
  return unattendedEnd({ ...record, rebooted }, await recordedExit(entries, record.runtimeDir), at);
}

/**
 * What the end of a VM means that no controller saw. `exit`: what its keeper has written down, null if nothing. It is `stopped` when the VMM
 * ended in good order, or with the controller to which it was attached; what nobody asked for or nobody knows is `failed`.
 */
export function unattendedEnd(
  { phase, lifetime, rebooted }: Pick<VmRecord, 'phase' | 'lifetime'> & { readonly rebooted: boolean },
  exit: ProcessExit | null,
  at: string,
): EndState {
  const { code, signal } = exit ?? { code: null, signal: null };
  const ended = (how: VmExit['how']): VmExit => ({ how, code, signal, at });
  if (phase === 'intent') {
    const reason = 'its controller ended while it was being started';
    return { status: 'failed', reason, exit: ended(exit === null ? 'unknown' : 'unattended') };
  }
  if (exit === null && lifetime === 'attached') return { status: 'stopped', exit: ended('orphaned') };
  if (exit === null) {
    const reason = rebooted
      ? 'the host was restarted, and it ended with that'
      : 'it ended while no controller was attached to it, and nothing tells how';
    return { status: 'failed', reason, exit: ended('unknown') };
  }
  if (code === 0) return { status: 'stopped', exit: ended('unattended') };
  const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
  const reason = `the VMM ${how} while no controller was attached to it`;
  return { status: 'failed', reason, exit: ended('unattended') };
}
