import type { Logger } from '../../contract/index.ts';
import type { Roots } from '../options/roots.ts';
import type { VmKey } from '../vm-key.ts';
import { refuseLiving, sweepRemains } from './remains.ts';
import { type Beginning, VmHome } from './vm-home.ts';

/** Who takes a name, and for what. */
export interface TakeOptions extends Beginning {
  /** The guest's address, where it is known before the start. */
  readonly ip: string | null;
  readonly logger: Logger;
}

/**
 * Takes a name on disk and writes down that its VM is about to be started. Whatever a dead controller left of the name is undone.
 * Throws `ALREADY_EXISTS`, `STATE_FAILED`, `STORE_CORRUPT`, `IO`; the name is given back then, with nothing new behind it.
 */
export async function takeName(roots: Roots, key: VmKey, options: TakeOptions): Promise<VmHome> {
  const { instanceId, ip, logger } = options;
  const home = await VmHome.claim(roots, key, logger);
  try {
    await refuseLiving(home, 'boot');
    await sweepRemains(home);
    await home.begin(options);
    if (ip !== null) await home.save({ ready: { ip, position: home.knownRecord.console } });
    return home;
  } catch (error) {
    try {
      // What an earlier boot left is not this one's to remove.
      if (home.record?.instanceId === instanceId) await abandon(home);
    } catch (failure) {
      logger.error({ event: 'vm.abandon', vm: key.name, err: failure }, 'a boot that failed cannot be undone yet');
    }
    await home.letGo().catch((failure: unknown) => {
      logger.error({ event: 'vm.abandon', vm: key.name, err: failure }, 'the name of a boot that failed stays taken');
    });
    throw error;
  }
}

/** Undoes a place on disk in which nothing was started. What cannot be undone stays recorded. */
async function abandon(home: VmHome): Promise<void> {
  const problems = await home.releaseResources();
  if (problems.length === 0) await home.removeFolder();
}
