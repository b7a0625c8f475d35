import { type DriverContext, isVmError, type MachineRecord, type VmProcess } from '@vmrs/core/driver';
import type { Sidecar } from './sidecar.ts';

type Helper = MachineRecord['helpers'][number];

/**
 * Takes back the helpers of a VM of an earlier controller. One that has ended meanwhile counts as a helper that ends now. `servedBy` tells
 * what the VM loses with a helper of that role; `hint`: see
 * `ProcessHost.attach`. Throws `IO` when it cannot be told whether one lives.
 */
export async function takeBackSidecars(
  helpers: MachineRecord['helpers'],
  servedBy: (role: string) => string,
  hint: Promise<unknown>,
  { processes }: Pick<DriverContext, 'processes'>,
): Promise<readonly Sidecar[]> {
  return Promise.all(
    helpers.map(async (helper): Promise<Sidecar> => {
      const serves = servedBy(helper.role);
      try {
        return { process: await processes.attach(helper.role, helper.process, hint), serves };
      } catch (error) {
        if (!isVmError(error, 'STALE_PROCESS')) throw error;
        return { process: ended(helper), serves };
      }
    }),
  );
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
