import { checkIdentity, selfIdentity } from '../../process/index.ts';
import { type LedgerEntry, readLedger } from '../../resources/index.ts';
import {
  type FoundRecord,
  inspectRecord,
  lockHolder,
  type VmLayout,
  type VmRecord,
  vmLayout,
} from '../../store/index.ts';
import type { VmKey } from '../vm-key.ts';

/** What there is of one name, and whether anybody has it or needs it. */
export interface Examined {
  readonly key: VmKey;
  readonly layout: VmLayout;
  /** Null when it cannot be read. */
  readonly record: VmRecord | null;
  /** What its ledger lists; null when that cannot be read. */
  readonly entries: readonly LedgerEntry[] | null;
  /** Whether a controller has it, as far as can be told. */
  readonly held: boolean;
  /** `release`: nobody has it, and its VM is gone. */
  readonly verdict: 'keep' | 'release';
  readonly why: string;
}

/** Looks at one name and changes nothing. Throws `IO`. */
export async function examine(stateRoot: string, key: VmKey): Promise<Examined> {
  const layout = vmLayout(stateRoot, key.namespace, key.name);
  const held = await heldBy(layout);
  // Before the ledger: what is in a ledger was written there before it was made.
  const found = await inspectRecord(layout.recordFile);
  const record = found.status === 'whole' ? found.record : null;
  const common = { key, layout, record, held: held !== null };
  let entries: readonly LedgerEntry[];
  try {
    entries = await readLedger(layout.ledgerFile);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { ...common, entries: null, verdict: 'keep', why };
  }
  const why = held ?? (await needed(found, entries, key.name));
  if (why !== null) return { ...common, entries, verdict: 'keep', why };
  return { ...common, entries, verdict: 'release', why: reasonToRelease(record) };
}

/** Who works on it. */
async function heldBy({ lockFile }: VmLayout): Promise<string | null> {
  const holder = await lockHolder(lockFile);
  if (holder === null) return null;
  const life = await checkIdentity(holder);
  if (life === 'gone') return null;
  if (typeof life === 'object') return `whether its controller still lives cannot be told: ${life.unknown}`;
  const self = await selfIdentity();
  return holder.pid === self.pid ? 'this process has it in hand' : `process ${holder.pid} has it in hand`;
}

/** Why what nobody works on is needed all the same. */
async function needed(found: FoundRecord, entries: readonly LedgerEntry[], name: string): Promise<string | null> {
  switch (found.status) {
    case 'newer':
      return `its record was written by a newer @vmrs/core (schema ${found.schema}); collect with that`;
    case 'damaged':
    case 'none': {
      const living = await firstLiving(entries);
      if (living === null) return null;
      return `its record cannot be read, and its process ${living} lives; remove('${name}') ends it`;
    }
    case 'whole':
      return neededBy(found.record, entries);
  }
}

async function neededBy(record: VmRecord, entries: readonly LedgerEntry[]): Promise<string | null> {
  const { name, ended, lifetime, process } = record;
  if (ended !== null) {
    return entries.length > 0 ? null : `how it ended is kept, and its logs; remove('${name}') removes them`;
  }
  // It was to end with its controller, and that is gone.
  if (lifetime === 'attached' || process === null) return null;
  const life = await checkIdentity(process);
  if (life === 'gone') return null;
  if (life === 'alive') return `its VM runs (process ${process.pid}); get('${name}') takes it back`;
  return `whether its VM still runs cannot be told: ${life.unknown}`;
}

/** The pid of a process of the ledger that lives or may live. */
async function firstLiving(entries: readonly LedgerEntry[]): Promise<number | null> {
  for (const { resource } of entries) {
    if (resource.kind !== 'process' || resource.identity === null) continue;
    if ((await checkIdentity(resource.identity)) !== 'gone') return resource.identity.pid;
  }
  return null;
}

function reasonToRelease(record: VmRecord | null): string {
  if (record === null) return 'nothing of it lives, and its record is missing or damaged';
  if (record.ended !== null) return 'it has ended, and this was left to be released';
  if (record.lifetime === 'attached') return 'it was attached to a controller that is gone';
  return record.phase === 'intent'
    ? 'its controller ended while it was being started'
    : 'its VM and its controller are gone';
}
