import type { Logger, VmDriver } from '../../contract/index.ts';
import { isVmError } from '../../errors/index.ts';
import { readRecord, type VmRecord, vmLayout, workerOn } from '../../store/index.ts';
import { raceAbort } from '../../util/abort.ts';
import type { Clock } from '../../util/clock.ts';
import type { Fleet } from '../fleet.ts';
import { LocalVm } from '../local-vm.ts';
import type { Roots } from '../options/roots.ts';
import { notFound } from '../refusals.ts';
import {
  letOthersAsk,
  type Neighbours,
  REACH_MS,
  type ReachOptions,
  type RemoteVm,
  reachOwner,
} from '../remote/index.ts';
import type { VmRuntime } from '../runtime/vm-runtime.ts';
import type { VmKey } from '../vm-key.ts';
import { endOf } from '../vm-summary.ts';
import { adopt, notTaken } from './adopt.ts';

/** With what a manager looks for a VM. */
export interface FindOptions {
  readonly roots: Roots;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly fleet: Fleet;
  readonly neighbours: Neighbours;
  readonly signal: AbortSignal | undefined;
  /** The driver of a recorded VM. */
  readonly driverOf: (record: VmRecord) => Promise<VmDriver>;
  /** Throws when the manager is closed. */
  readonly assertOpen: () => void;
}

/**
 * The VM of that name: in hand already, ended, taken back from a controller that is gone, or what `whenHeld` makes of one that a living
 * controller holds; null from that means that there is reason to look again. Throws what {@link VmManager.get} throws.
 */
export async function findVm<H>(
  key: VmKey,
  options: FindOptions,
  whenHeld: (reach: ReachOptions) => Promise<H | null>,
): Promise<LocalVm | H> {
  const { roots, fleet, signal, clock, assertOpen } = options;
  const layout = vmLayout(roots.state, key.namespace, key.name);
  let deadline: number | null = null;
  for (;;) {
    const mine = fleet.find(key);
    if (mine !== undefined) {
      if (mine.undecided === null) return new LocalVm(mine);
      await raceAbort(mine.undecided, signal).catch((reason: unknown) => {
        throw notTaken(key.name, reason);
      });
      continue;
    }
    const record = await readRecord(layout.recordFile, roots.fileSystem);
    if (record === null) throw notFound(key.name);
    const end = endOf(record);
    if (end !== null) {
      const driver = await options.driverOf(record);
      return new LocalVm(fleet.ended(key, driver, { layout, record }, end));
    }
    const holder = await workerOn(layout.lockFile);
    if (holder !== null) {
      deadline ??= clock.elapsed() + REACH_MS;
      const asked = await whenHeld({ key, layout, record, holder, clock, deadline, signal });
      if (asked !== null) return asked;
      continue;
    }
    const driver = await options.driverOf(record);
    assertOpen();
    // Somebody else may have asked for it in the meantime.
    if (fleet.find(key) !== undefined) continue;
    const taken = await takeBack(fleet.reserve(key, record.instanceId, driver), options);
    if (taken !== null) return taken;
  }
}

/** The VM over a connection to its holder; null when there is reason to look again. */
export async function askHolder(
  reach: ReachOptions,
  { neighbours, assertOpen }: Pick<FindOptions, 'neighbours' | 'assertOpen'>,
): Promise<RemoteVm | null> {
  const { key, record } = reach;
  const known = neighbours.find(key, record.instanceId);
  if (known !== undefined) return known;
  const found = await reachOwner(reach).catch((error: unknown) => {
    if (reach.signal?.aborted === true && !isVmError(error)) throw notTaken(key.name, error);
    throw error;
  });
  if (found === null) return null;
  neighbours.add(found);
  try {
    assertOpen();
  } catch (error) {
    await found.close();
    throw error;
  }
  return found;
}

/** The VM in this controller's hands; null when there is reason to look again. */
async function takeBack(runtime: VmRuntime, { roots, logger, signal }: FindOptions): Promise<LocalVm | null> {
  const adopting = adopt(runtime, { roots, logger, signal });
  runtime.undecided = Promise.allSettled([adopting]);
  try {
    if (!(await adopting)) return null;
  } catch (error) {
    // Another controller was faster, and is to be asked.
    if (isVmError(error, 'ALREADY_EXISTS') && error.details.ownerPid !== undefined) return null;
    throw error;
  }
  runtime.undecided = null;
  await letOthersAsk(runtime, roots.fileSystem);
  return new LocalVm(runtime);
}
