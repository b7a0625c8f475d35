import { type BootSpec, type DriverContext, isVmError, type MachineRecord, type VmProcess } from '@vmrs/core/driver';
import type { Sidecar } from './sidecar.ts';

type Helper = MachineRecord['helpers'][number];

/**
 * Takes back the helpers of a QEMU of an earlier controller. One that has ended meanwhile counts as a helper that ends now. `hint`: see
 * `ProcessHost.attach`. Throws `IO` when it cannot be told whether one lives.
 */
export async function takeBackSidecars(
  { helpers, spec }: MachineRecord,
  hint: Promise<unknown>,
  { processes }: Pick<DriverContext, 'processes'>,
): Promise<readonly Sidecar[]> {
  return Promise.all(
    helpers.map(async (helper): Promise<Sidecar> => {
      const serves = servedBy(helper, spec);
      try {
        return { process: await processes.attach(helper.role, helper.process, hint), serves };
      } catch (error) {
        if (!isVmError(error, 'STALE_PROCESS')) throw error;
        return { process: ended(helper), serves };
      }
    }),
  );
}

/** What the VM loses with it, by the role that `startVirtiofsd` and `startVsock` have given it. */
function servedBy({ role }: Helper, { sharedDirs }: BootSpec): string {
  const share = sharedDirs[Number(/^virtiofsd-(\d+)$/.exec(role)?.[1])];
  return share === undefined ? role : `shared directory '${share.tag}'`;
}

function ended({ role, process }: Helper): VmProcess {
  return {
    role,
    identity: process,
    exited: Promise.resolve({ code: null, signal: null, known: false }),
    signal: async () => 'gone',
    kill: async () => undefined,
    release: () => undefined,
  };
}
