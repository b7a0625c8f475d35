import type { Problem } from '../../errors/index.ts';
import type { Holder } from '../../store/index.ts';
import { Vm } from '../vm.ts';
import type { VmHandle } from '../vm-handle.ts';
import type { VmKey } from '../vm-key.ts';

/** What {@link VmManager.adoptAll} did. */
export interface AdoptionReport {
  /** The VMs now held by this manager, living and ended. */
  readonly adopted: readonly Vm[];
  /** The VMs that other living controllers hold; they are left to them. `get()` gives each. */
  readonly held: readonly HeldVm[];
  /** What could not be taken back and why; it is left as it is. */
  readonly problems: readonly Problem[];
}

/** A VM that another controller holds. */
export interface HeldVm extends VmKey {
  readonly ownerPid: number;
}

/** Takes every VM of `keys` with `take`, which gives the holder of one that is not to be taken; one that cannot be taken is reported and the others go on. */
export async function adoptAll(
  keys: readonly VmKey[],
  take: (key: VmKey) => Promise<VmHandle | Holder>,
): Promise<AdoptionReport> {
  const adopted: Vm[] = [];
  const held: HeldVm[] = [];
  const problems: Problem[] = [];
  const tryOne = async (key: VmKey): Promise<void> => {
    try {
      const found = await take(key);
      if ('identity' in found) held.push({ ...key, ownerPid: found.identity.pid });
      else adopted.push(new Vm(found));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      problems.push({ path: `${key.namespace}/${key.name}`, message });
    }
  };
  await Promise.all(keys.map(tryOne));
  return { adopted, held, problems };
}
