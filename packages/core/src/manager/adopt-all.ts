import type { Problem } from '../errors/index.ts';
import type { Vm } from './vm.ts';
import type { VmKey } from './vm-key.ts';

/** What {@link VmManager.adoptAll} did. */
export interface AdoptionReport {
  /** The VMs now held by this manager, living and ended. */
  readonly adopted: readonly Vm[];
  /** What could not be taken back and why; it is left as it is. */
  readonly problems: readonly Problem[];
}

/** Takes every VM of `keys` with `get`; one that cannot be taken is reported and the others go on. */
export async function adoptAll(keys: readonly VmKey[], get: (key: VmKey) => Promise<Vm>): Promise<AdoptionReport> {
  const adopted: Vm[] = [];
  const problems: Problem[] = [];
  const take = async (key: VmKey): Promise<void> => {
    try {
      adopted.push(await get(key));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      problems.push({ path: `${key.namespace}/${key.name}`, message });
    }
  };
  await Promise.all(keys.map(take));
  return { adopted, problems };
}
