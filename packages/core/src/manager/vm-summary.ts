import { isVmError } from '../errors/index.ts';
import { checkIdentity } from '../process/index.ts';
import type { VmState } from '../state/index.ts';
import { readRecord, type VmRecord, vmLayout } from '../store/index.ts';
import type { EndState } from './exit-verdict.ts';
import type { Roots } from './roots.ts';
import type { VmKey } from './vm-key.ts';
import type { VmRuntime } from './vm-runtime.ts';

/** One line of {@link VmManager.list}. */
export interface VmSummary {
  readonly namespace: string;
  readonly name: string;
  /** Empty, as are `driver` and `createdAt`, when its record is damaged. */
  readonly instanceId: string;
  /** Id of its driver. */
  readonly driver: string;
  /** Its state: the present one for VMs of this manager, else what its record and its process tell. */
  readonly state: VmState;
  readonly createdAt: string;
  /** Why the state could not be told; the state is then the last recorded one. */
  readonly problem?: string;
}

/** What is known of one VM without taking it; null when it was removed meanwhile. */
export async function summarize(roots: Roots, key: VmKey, mine: VmRuntime | undefined): Promise<VmSummary | null> {
  let record: VmRecord | null;
  try {
    record = await readRecord(vmLayout(roots.state, key.namespace, key.name).recordFile, roots.fileSystem);
  } catch (error) {
    // One damaged record must not hide the other VMs.
    if (!isVmError(error, 'STORE_CORRUPT')) throw error;
    const state = { status: 'failed', reason: 'its record cannot be read', exit: null } as const;
    return { ...key, instanceId: '', driver: '', createdAt: '', state, problem: error.message };
  }
  if (record === null) return null;
  const { instanceId, driver, createdAt } = record;
  const summary = { ...key, instanceId, driver: driver.id, createdAt };
  if (mine !== undefined) return { ...summary, state: mine.cell.current };
  if (record.process === null || record.ended !== null) return { ...summary, state: recordedState(record) };
  const life = await checkIdentity(record.process);
  if (life === 'alive') return { ...summary, state: recordedState(record) };
  if (life === 'gone') {
    return {
      ...summary,
      state: { status: 'failed', reason: 'it ended while no controller was attached to it', exit: null },
    };
  }
  return { ...summary, state: recordedState(record), problem: life.unknown };
}

/** How a VM ended according to its record; null when the record does not say that it did. */
export function endOf({ ended }: VmRecord): EndState | null {
  if (ended === null) return null;
  if (ended.state === 'stopped' && ended.exit !== null) return { status: 'stopped', exit: ended.exit };
  return { status: 'failed', reason: ended.reason ?? 'unknown', exit: ended.exit };
}

function recordedState(record: VmRecord): VmState {
  const end = endOf(record);
  if (end !== null) return end;
  if (record.phase === 'intent') return { status: 'starting' };
  if (record.paused) return { status: 'paused' };
  const ip = record.ready?.ip ?? null;
  return ip === null ? { status: 'running' } : { status: 'ready', ip };
}
