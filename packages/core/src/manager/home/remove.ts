import type { Logger } from '../../contract/index.ts';
import type { Roots } from '../options/roots.ts';
import { notFound } from '../refusals.ts';
import type { VmKey } from '../vm-key.ts';
import { refuseLiving, sweepRemains } from './remains.ts';
import { VmHome } from './vm-home.ts';

/**
 * Removes what is kept of a VM that nobody has in hand. One that lives is refused with `INVALID_STATE`, or with `force` ended before, by its
 * processes alone: that takes neither its driver nor an answer of its hypervisor. Throws `NOT_FOUND`, `ALREADY_EXISTS`, `STORE_CORRUPT`, `IO`.
 */
export async function removeVm(
  roots: Roots,
  key: VmKey,
  { logger, force }: { readonly logger: Logger; readonly force: boolean },
): Promise<void> {
  const home = await VmHome.claim(roots, key, logger);
  try {
    if (home.record === null && !(await home.hasLedger())) throw notFound(key.name);
    if (!force) await refuseLiving(home, 'remove');
    // Its processes are in the ledger like everything else: ended in order, by identity, and confirmed.
    await sweepRemains(home);
    await home.removeFolder();
  } finally {
    await home.letGo();
  }
}
