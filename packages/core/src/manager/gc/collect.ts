import { isVmError } from '../../errors/index.ts';
import { emptyNamespaces, listNames } from '../../store/index.ts';
import type { FleetOptions } from '../fleet.ts';
import { removeIfEmpty } from '../home/home-files.ts';
import type { Roots } from '../options/roots.ts';
import { type Examined, examine } from './examine.ts';
import type { GcItem, GcReport } from './gc-report.ts';
import { lookForMarked, lostAmong } from './lost.ts';
import { partials, releasable, releaseName, releasePartials } from './release-name.ts';

/** What {@link collect} works with. */
export interface CollectOptions extends FleetOptions {
  readonly dryRun: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Releases what dead controllers have left in a state directory, and what of it nobody knows any more. Throws `IO` when the
 * directory cannot be looked through, and the signal's reason; what was released by then is released.
 */
export async function collect(roots: Roots, options: CollectOptions): Promise<GcReport> {
  const { dryRun, signal } = options;
  const report: Report = { released: [], kept: [], failed: [] };
  const marked = await lookForMarked(roots);
  const names: Examined[] = [];
  for (const key of await listNames(roots.state)) names.push(await examine(roots.state, key));
  const lost = lostAmong(marked, names, roots);
  for (const name of names) {
    signal?.throwIfAborted();
    if (name.verdict === 'keep') report.kept.push({ vm: name.key, what: 'VM', why: name.why });
    const wanted = name.verdict === 'keep' ? partials(name) : releasable(name);
    if (dryRun) report.released.push(...wanted);
    else if (wanted.length > 0) await releaseInto(report, roots, name, options);
  }
  for (const { item, release } of lost) {
    signal?.throwIfAborted();
    if (dryRun) report.released.push(item);
    else await releaseLost(report, item, release);
  }
  for (const path of await emptyNamespaces(roots.state)) {
    const item = { vm: null, what: `directory ${path}`, why: 'there is no VM in this namespace' };
    if (dryRun) report.released.push(item);
    // Whoever takes a name in it at this moment makes it anew.
    else await releaseLost(report, item, () => removeIfEmpty(path, roots.fileSystem));
  }
  return { dryRun, ...report };
}

type Report = { readonly [K in 'released' | 'kept' | 'failed']: GcItem[] };

async function releaseInto(report: Report, roots: Roots, name: Examined, options: FleetOptions): Promise<void> {
  const vm = name.key;
  try {
    const release = name.verdict === 'keep' ? releasePartials : releaseName;
    const { released, failed } = await release(roots, name, options);
    report.released.push(...released);
    report.failed.push(...failed);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    // Somebody was faster, and has it now.
    if (isVmError(error, 'ALREADY_EXISTS')) report.kept.push({ vm, what: 'VM', why });
    else report.failed.push({ vm, what: 'VM', why });
  }
}

async function releaseLost(report: Report, item: GcItem, release: () => Promise<void>): Promise<void> {
  try {
    await release();
    report.released.push(item);
  } catch (error) {
    report.failed.push({ ...item, why: error instanceof Error ? error.message : String(error) });
  }
}
