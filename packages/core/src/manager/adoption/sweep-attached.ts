import { isVmError } from '../../errors/index.ts';
import { inspectRecord, listStaleLocks, type VmRecord, vmLayout } from '../../store/index.ts';
import type { FleetOptions } from '../fleet.ts';
import { VmHome } from '../home/vm-home.ts';
import type { Roots } from '../options/roots.ts';
import { settleHome } from '../runtime/clean-up.ts';
import type { VmKey } from '../vm-key.ts';
import { endOfUnattended } from './unattended-end.ts';

/**
 * Ends what is left of attached VMs whose controllers are gone, as far as it has not ended by itself, and writes their end down. Detached VMs
 * are left as they are. Looks at what dead controllers still hold locked, and at nothing else. What cannot be swept is logged and stays. Never
 * rejects.
 */
export async function sweepAttached(roots: Roots, options: FleetOptions): Promise<void> {
  try {
    const stale = await listStaleLocks(roots.state);
    await Promise.all(stale.map((key) => sweepOne(roots, key, options)));
  } catch (error) {
    options.logger.warn({ event: 'vm.sweep', err: error }, 'what attached VMs have left cannot be looked for');
  }
}

async function sweepOne(roots: Roots, key: VmKey, { logger, clock, keep }: FleetOptions): Promise<void> {
  try {
    // Before the name is taken: whoever takes a detached VM back must not find us in the way.
    const found = await inspectRecord(vmLayout(roots.state, key.namespace, key.name).recordFile);
    if (found.status !== 'whole' || !isAttached(found.record)) return;
    const home = await VmHome.claim(roots, key, logger);
    if (!isAttached(home.record)) return await home.letGo();
    const end = await endOfUnattended(home, new Date(clock.now()).toISOString());
    await settleHome(home, end, keep, logger);
  } catch (error) {
    // Another controller was faster: it sweeps, or boots the name anew.
    if (isVmError(error, 'ALREADY_EXISTS')) return;
    logger.warn({ event: 'vm.sweep', vm: key.name, err: error }, 'what an attached VM has left cannot be swept');
  }
}

function isAttached(record: VmRecord | null): boolean {
  return record !== null && record.ended === null && record.lifetime === 'attached';
}
