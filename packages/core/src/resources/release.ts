import type { Logger, Resource } from '../contract/index.ts';
import type { Problem } from '../errors/index.ts';
import { type FileSystem, systemFileSystem } from '../util/file-system.ts';
import { releaseDirectory } from './kinds/directory.ts';
import { releaseFile } from './kinds/file.ts';
import { releaseMount } from './kinds/mount.ts';
import { releasePartialSnapshot } from './kinds/partial-snapshot.ts';
import { releaseProcess } from './kinds/process.ts';
import { releaseTap } from './kinds/tap.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import type { ReleaseGuard } from './release-guard.ts';
import { describeResource } from './resource-shape.ts';

/** What a release works with. */
export interface ReleaseOptions {
  readonly guard: ReleaseGuard;
  readonly logger: Logger;
  /** Default: the machine's. */
  readonly fileSystem?: FileSystem;
}

/** Undoes one resource. What is gone already is success, so it may be repeated. Writes nothing to the ledger. Throws `IO`. */
export async function releaseEntry(entry: LedgerEntry, options: ReleaseOptions): Promise<void> {
  const { resource } = entry;
  await undo(resource, options);
  options.logger.debug({ event: 'resource.released', resource: describeResource(resource) }, 'resource released');
}

/**
 * Undoes everything in the ledger, or all of one kind, last made first, and goes on after a failure. Returns what could not be undone; that stays in
 * the ledger, and the next call tries it again. Helpers that were started in a row are ended at the same time, so that their
 * grace periods do not add up.
 */
export async function releaseAll(
  ledger: Ledger,
  options: ReleaseOptions,
  kind: Resource['kind'] | null = null,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const wanted = ledger.entries().filter(({ resource }) => kind === null || resource.kind === kind);
  for (const batch of batches(wanted.toReversed())) {
    await Promise.all(batch.map(async (entry) => problems.push(...(await releaseOne(ledger, entry, options)))));
  }
  return problems;
}

/** A ledger that cannot be written (a full disk) is one more problem, and keeps nothing else from being undone. */
async function releaseOne(ledger: Ledger, entry: LedgerEntry, options: ReleaseOptions): Promise<readonly Problem[]> {
  const path = describeResource(entry.resource);
  const failed = await problemOf(path, () => releaseEntry(entry, options));
  const unwritten = await problemOf(path, () =>
    failed === null ? ledger.released(entry) : ledger.failed(entry, failed.message),
  );
  return [failed, unwritten].filter((problem) => problem !== null);
}

async function problemOf(path: string, work: () => Promise<void>): Promise<Problem | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return { path, message: error instanceof Error ? error.message : String(error) };
  }
}

async function undo(resource: Resource, { guard, fileSystem = systemFileSystem }: ReleaseOptions): Promise<void> {
  switch (resource.kind) {
    case 'directory':
      return releaseDirectory(resource.path, guard, fileSystem);
    case 'file':
      return releaseFile(resource.path, guard, fileSystem);
    case 'partial-snapshot':
      return releasePartialSnapshot(resource.path, fileSystem);
    case 'tap':
      return releaseTap(resource);
    case 'mount':
      return releaseMount(resource.path);
    case 'process':
      return releaseProcess(resource);
  }
}

/** Neighbouring helper processes together, everything else alone. The VMM goes alone, because its helpers serve it to the end. */
function batches(entries: readonly LedgerEntry[]): LedgerEntry[][] {
  const result: LedgerEntry[][] = [];
  let previous: LedgerEntry | undefined;
  for (const entry of entries) {
    const last = result.at(-1);
    if (last !== undefined && previous !== undefined && isHelper(previous) && isHelper(entry)) last.push(entry);
    else result.push([entry]);
    previous = entry;
  }
  return result;
}

function isHelper({ resource }: LedgerEntry): boolean {
  return resource.kind === 'process' && resource.role !== 'vmm';
}
