import { lstat } from 'node:fs/promises';
import type { Resource, ResourceScope } from '../contract/index.ts';
import { VmError } from '../errors/index.ts';
import { ignoreErrno } from '../util/errno.ts';
import { isMounted } from './kinds/mount.ts';
import { networkDeviceKind } from './kinds/tap.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { type ReleaseOptions, releaseEntry } from './release.ts';
import { describeResource, parseResource, resourceKey } from './resource-shape.ts';

/**
 * The ledger of one VM as its driver sees it. A thing that is there already was not made for this VM and is refused with `IO`:
 * undoing it later would take away what belongs to somebody else. Throws `TypeError` for what is no resource.
 */
export function createResourceScope(ledger: Ledger, options: ReleaseOptions): ResourceScope {
  async function acquire<T>(resource: Resource, make: () => Promise<T>): Promise<T> {
    if (parseResource(resource) === null) throw new TypeError(`not a resource: ${JSON.stringify(resource)}`);
    if (await exists(resource)) {
      const detail = `${describeResource(resource)} exists already and was not made for this VM; nothing was changed`;
      throw new VmError('IO', { detail, details: 'path' in resource ? { path: resource.path } : {} });
    }
    const entry = await ledger.acquire(resource);
    try {
      return await make();
    } catch (error) {
      await undo(entry).catch((failure: unknown) => {
        const fields = { event: 'resource.release-failed', resource: describeResource(resource), err: failure };
        options.logger.warn(fields, 'what was half made cannot be undone yet; it stays in the ledger');
      });
      throw error;
    }
  }

  async function release(resource: Resource): Promise<void> {
    const key = resourceKey(resource);
    const entry = ledger.entries().find((candidate) => resourceKey(candidate.resource) === key);
    if (entry !== undefined) await undo(entry);
  }

  async function undo(entry: LedgerEntry): Promise<void> {
    try {
      await releaseEntry(entry, options);
    } catch (error) {
      await ledger.failed(entry, error);
      throw error;
    }
    await ledger.released(entry);
  }

  return { acquire, release };
}

async function exists(resource: Resource): Promise<boolean> {
  switch (resource.kind) {
    case 'directory':
    case 'file':
    case 'partial-snapshot':
      return (await ignoreErrno(lstat(resource.path), 'ENOENT', 'ENOTDIR')) !== undefined;
    case 'tap':
      return (await networkDeviceKind(resource)) !== null;
    case 'mount':
      return isMounted(resource.path);
    case 'process':
      // Known by a token of its own, which nobody had before.
      return false;
  }
}
