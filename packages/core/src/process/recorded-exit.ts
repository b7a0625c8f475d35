import type { ProcessExit } from '../contract/index.ts';
import type { LedgerEntry } from '../resources/ledger.ts';
import { goneBy } from './end-process.ts';
import { exitRecordFile, readExitRecord } from './exit-record.ts';

/** How long a keeper may take to write down an end that has just come. */
const KEEPER_MS = 1_000;

/**
 * How the VMM of the VM with these entries in its ledger ended, for those who have found it gone; null if nobody has written it down. Throws the system's
 * error.
 */
export async function recordedExit(entries: readonly LedgerEntry[], runtimeDir: string): Promise<ProcessExit | null> {
  const entry = entries.find(({ resource }) => resource.kind === 'process' && resource.role === 'vmm');
  // An earlier controller that saw the end may have struck it off already. The folder is that of one boot, which has one VMM.
  const { token = null, keeper = null } = entry?.resource.kind === 'process' ? entry.resource : {};
  const file = exitRecordFile(runtimeDir, 'vmm');
  const exit = readExitRecord(file, token);
  if (exit !== null || keeper === null) return exit;
  await goneBy(keeper, KEEPER_MS);
  return readExitRecord(file, token);
}
