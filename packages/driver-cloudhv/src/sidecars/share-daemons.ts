import { join } from 'node:path';
import type { DriverContext, MachineRecord, SharedDirSpec } from '@vmrs/core/driver';
import {
  endSidecars,
  removeTraces,
  type Sidecar,
  servesShare,
  startAll,
  startVirtiofsd,
  takeBackSidecars,
  type Virtiofsd,
} from '@vmrs/driver-kit';
import { shareSocket } from '../config/device-config.ts';
import type { SharedNow } from '../control-data.ts';
import { DRIVER, hypervisorError } from '../errors.ts';
import type { ResolvedOptions } from '../options.ts';

/** A share and the daemon that serves it. */
interface Served {
  readonly share: SharedNow;
  readonly sidecar: Sidecar;
}

/** How daemons are run. */
export interface DaemonOptions {
  /** A string says why there is none. */
  readonly virtiofsd: Virtiofsd | string;
  readonly sandbox: ResolvedOptions['virtiofsdSandbox'];
}

/** The daemons that serve the shared directories of one VM, one each. */
export class ShareDaemons {
  readonly #served = new Map<string, Served>();
  #onDeath: (sidecar: Sidecar) => void = () => undefined;

  /** Starts the daemons of a VM's configuration, all at the same time. Throws `HYPERVISOR`, or the signal's reason; none is left then. */
  static async start(
    sharedDirs: readonly SharedDirSpec[],
    options: DaemonOptions,
    context: DriverContext,
  ): Promise<ShareDaemons> {
    const daemons = new ShareDaemons();
    const shares = sharedDirs.map((dir, index) => ({ dir, share: shareOf(dir, index, context) }));
    const starts = shares.map(
      ({ dir, share }) =>
        (bound: DriverContext) =>
          startOne(dir, share, options, bound),
    );
    const sidecars = await startAll(starts, context);
    for (const [index, sidecar] of sidecars.entries()) {
      const share = shares[index]?.share;
      if (share !== undefined) daemons.#keep({ share, sidecar });
    }
    return daemons;
  }

  /** Takes back the daemons of a VM of an earlier controller. Throws `IO` when it cannot be told whether one lives. */
  static async takeBack(
    { helpers }: MachineRecord,
    shares: readonly SharedNow[],
    hint: Promise<unknown>,
    context: DriverContext,
  ): Promise<ShareDaemons> {
    const daemons = new ShareDaemons();
    const byRole = new Map(shares.map((share) => [share.role, share]));
    // A daemon whose share was taken from the running VM has ended with it, and is of no interest.
    const wanted = helpers.filter(({ role }) => byRole.has(role));
    const servedBy = (role: string): string => servesShare(byRole.get(role)?.tag ?? role);
    for (const sidecar of await takeBackSidecars(wanted, servedBy, hint, context)) {
      const share = byRole.get(sidecar.process.role);
      if (share !== undefined) daemons.#keep({ share, sidecar });
    }
    return daemons;
  }

  /** Calls `listener` when a daemon ends whose share is still wanted, those too that had ended before. */
  onDeath(listener: (sidecar: Sidecar) => void): void {
    this.#onDeath = listener;
    for (const served of this.#served.values()) this.#watch(served);
  }

  /** The shares as they are now. */
  get shares(): readonly SharedNow[] {
    return [...this.#served.values()].map(({ share }) => share);
  }

  /** Starts the daemon of one more share; `remember` is called before that. Throws `HYPERVISOR`, or the signal's reason. */
  async add(dir: SharedDirSpec, share: SharedNow, options: DaemonOptions, context: DriverContext): Promise<void> {
    const served = { share, sidecar: await startOne(dir, share, options, context) };
    this.#keep(served);
    this.#watch(served);
  }

  /** Ends the daemon of a share that the VM has no more; does nothing for an unknown id. */
  async remove(id: string): Promise<void> {
    const served = this.#served.get(id);
    if (served === undefined) return;
    this.#served.delete(id);
    await endSidecars([served.sidecar]);
    await removeTraces(served.share.socket);
  }

  /** Ends all of them; resolves when they are gone. */
  async kill(): Promise<void> {
    const all = [...this.#served.values()];
    await endSidecars(all.map(({ sidecar }) => sidecar));
    await Promise.all(all.map(({ share }) => removeTraces(share.socket)));
  }

  /** Lets go of the living daemons. */
  release(): void {
    for (const { sidecar } of this.#served.values()) sidecar.process.release();
  }

  #keep(served: Served): void {
    this.#served.set(served.share.id, served);
  }

  #watch({ share, sidecar }: Served): void {
    void sidecar.process.exited.then(() => {
      if (this.#served.has(share.id)) this.#onDeath(sidecar);
    });
  }
}

/** The share of a directory of the configuration. */
export function shareOf({ tag }: SharedDirSpec, index: number, { paths }: Pick<DriverContext, 'paths'>): SharedNow {
  const socket = join(paths.runtimeDir, shareSocket(index));
  return { id: `share${index}`, tag, role: `virtiofsd-${index}`, socket };
}

/** Cloud Hypervisor connects anew at each reboot of the guest, and the daemon ends with each connection. */
function startOne(
  { hostPath, readOnly }: SharedDirSpec,
  { tag, role, socket }: SharedNow,
  { virtiofsd, sandbox }: DaemonOptions,
  context: DriverContext,
): Promise<Sidecar> {
  if (typeof virtiofsd === 'string') throw hypervisorError('share', virtiofsd, { vm: context.vm.name });
  const run = { role, sandbox, again: true, driver: DRIVER };
  return startVirtiofsd(virtiofsd, { tag, hostPath, readOnly, socket }, run, context);
}
