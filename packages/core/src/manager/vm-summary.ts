import { isDeepStrictEqual } from 'node:util';
import { isVmError } from '../errors/index.ts';
import { checkIdentity } from '../process/index.ts';
import { readLedger } from '../resources/index.ts';
import type { VmState } from '../state/index.ts';
import { readRecord, type VmRecord, vmLayout, workerOn } from '../store/index.ts';
import { endFound } from './adoption/unattended-end.ts';
import type { Roots } from './options/roots.ts';
import type { EndState } from './runtime/exit-verdict.ts';
import type { VmRuntime } from './runtime/vm-runtime.ts';
import type { VmKey } from './vm-key.ts';

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
  /** The process that holds it; absent when nobody does, and for VMs of this manager. */
  readonly ownerPid?: number;
  /** Why the state could not be told; the state is then the last recorded one. */
  readonly problem?: string;
}

/** What is known of one VM without taking it; null when it was removed meanwhile. */
export async function summarize(roots: Roots, key: VmKey, mine: VmRuntime | undefined): Promise<VmSummary | null> {
  const { recordFile, ledgerFile, lockFile } = vmLayout(roots.state, key.namespace, key.name);
  let record: VmRecord | null;
  try {
    record = await readRecord(recordFile, roots.fileSystem);
  } catch (error) {
    // One damaged record must not hide the other VMs.
    if (!isVmError(error, 'STORE_CORRUPT')) throw error;
    const state = { status: 'failed', reason: 'its record cannot be read', exit: null } as const;
    return { ...key, instanceId: '', driver: '', createdAt: '', state, problem: error.message };
  }
  if (record === null) return null;
  const holder = mine === undefined ? await workerOn(lockFile) : null;
  // Nobody is starting it, unless that was over between the two looks.
  const abandoned = record.phase === 'intent' && mine === undefined && holder === null;
  if (abandoned && !isDeepStrictEqual(await readRecord(recordFile, roots.fileSystem), record))
    return summarize(roots, key, mine);
  const { instanceId, driver, createdAt } = record;
  const summary = {
    ...key,
    instanceId,
    driver: driver.id,
    createdAt,
    ...(holder === null ? {} : { ownerPid: holder.identity.pid }),
  };
  if (mine !== undefined) return { ...summary, state: mine.cell.current };
  return { ...summary, ...(await foundState(record, ledgerFile, abandoned)) };
}

/** The state of a VM that is not in this controller's hands, and why it could not be told. */
async function foundState(
  record: VmRecord,
  ledgerFile: string,
  abandoned: boolean,
): Promise<Pick<VmSummary, 'state' | 'problem'>> {
  const state = recordedState(record);
  if (record.ended !== null) return { state };
  if (!abandoned) {
    if (record.process === null) return { state };
    const life = await checkIdentity(record.process);
    if (life === 'alive') return { state };
    if (typeof life === 'object') return { state, problem: life.unknown };
  }
  try {
    // The same that whoever takes it will be told.
    return { state: await endFound(record, await readLedger(ledgerFile), new Date().toISOString()) };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    return { state: { status: 'failed', reason: 'it has ended, and how cannot be read', exit: null }, problem };
  }
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
