import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isVmError, type Problem } from '../../errors/index.ts';
import { describeResource } from '../../resources/index.ts';
import { acquireLock } from '../../store/index.ts';
import type { FileSystem } from '../../util/file-system.ts';
import { endOfUnattended } from '../adoption/unattended-end.ts';
import type { FleetOptions } from '../fleet.ts';
import { VmHome } from '../home/vm-home.ts';
import type { Roots } from '../options/roots.ts';
import { settleHome } from '../runtime/clean-up.ts';
import type { VmKey } from '../vm-key.ts';
import { endOf } from '../vm-summary.ts';
import type { Examined } from './examine.ts';
import type { GcItem } from './gc-report.ts';

/** What became of the things of one name. */
export interface Released {
  readonly released: readonly GcItem[];
  readonly failed: readonly GcItem[];
}

/** What releasing a name would release. */
export function releasable({ key: vm, entries, why }: Examined): readonly GcItem[] {
  const listed = (entries ?? []).toReversed().map(({ resource }) => ({ vm, what: describeResource(resource), why }));
  return [...listed, { vm, what: 'VM', why }];
}

/**
 * Releases everything of a name that nobody has, and writes the end of its VM down. Throws `ALREADY_EXISTS` when somebody has taken it
 * meanwhile, and what else keeps it from being taken.
 */
export async function releaseName(roots: Roots, name: Examined, options: FleetOptions): Promise<Released> {
  const { key: vm } = name;
  const home = await claim(roots, name, options);
  await clearTakeovers(name, roots.fileSystem);
  const { record } = home;
  const wanted = releasable(name);
  if (record === null) return await releaseUnrecorded(home, wanted);
  const end = endOf(record) ?? (await endOfUnattended(home, new Date(options.clock.now()).toISOString()));
  const problems = await settleHome(home, end, options.keep, options.logger);
  return outcome(vm, wanted, problems);
}

/** Releases the snapshots that nobody will complete of a VM that runs on. Throws like {@link releaseName}. */
export async function releasePartials(roots: Roots, name: Examined, options: FleetOptions): Promise<Released> {
  const home = await VmHome.claim(roots, name.key, options.logger);
  try {
    return outcome(name.key, partials(name), await home.releaseResources('partial-snapshot'));
  } finally {
    await home.letGo();
  }
}

/** What {@link releasePartials} would release. */
export function partials({ key: vm, entries, held }: Examined): readonly GcItem[] {
  const found = (entries ?? []).filter(({ resource }) => !held && resource.kind === 'partial-snapshot');
  return found.map(({ resource }) => ({ vm, what: describeResource(resource), why: 'nobody will complete it' }));
}

function outcome(vm: VmKey, wanted: readonly GcItem[], problems: readonly Problem[]): Released {
  const failed = problems.map(({ path, message }): GcItem => ({ vm, what: path, why: message }));
  return { released: wanted.filter(({ what }) => !failed.some((item) => item.what === what)), failed };
}

/** The first reading of a damaged record sets it aside; after that the name has none. */
async function claim(roots: Roots, { key }: Examined, { logger }: FleetOptions): Promise<VmHome> {
  try {
    return await VmHome.claim(roots, key, logger);
  } catch (error) {
    if (!isVmError(error, 'STORE_CORRUPT') || error.details.setAside === null) throw error;
    return VmHome.claim(roots, key, logger);
  }
}

async function releaseUnrecorded(home: VmHome, wanted: readonly GcItem[]): Promise<Released> {
  try {
    const problems = await home.releaseResources();
    if (problems.length === 0) await home.removeFolder();
    return outcome(home.key, wanted, problems);
  } finally {
    await home.letGo();
  }
}

/** A controller that died while it took over the lock of another dead one has left a lock around that, which nobody else looks for. */
async function clearTakeovers({ key, layout }: Examined, fileSystem: FileSystem): Promise<void> {
  const directory = dirname(layout.lockFile);
  const prefix = `${basename(layout.lockFile)}.`;
  const left = (await readdir(directory)).filter((entry) => entry.startsWith(prefix));
  for (const entry of left.sort((a, b) => b.length - a.length)) {
    const lock = await acquireLock(join(directory, entry), { vm: key.name }, fileSystem);
    await lock.release();
  }
}
