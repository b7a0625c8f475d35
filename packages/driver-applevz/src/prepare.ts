import { stat } from 'node:fs/promises';
import { type BootSpec, type DriverContext, ignoreErrno } from '@vmrs/core/driver';
import { readDisks } from '@vmrs/driver-kit';
import { type MachinePlan, type PlanInputs, planMachine } from './config/plan-machine.ts';
import type { Mac } from './mac/mac.ts';
import { optionsOf, type ResolvedOptions } from './options.ts';
import type { HostExecutable } from './prepare-host/index.ts';

/** Everything that was found out and decided for one start; nothing has been started. */
export interface Preparation {
  /** Null where the machine lives in this process. */
  readonly executable: HostExecutable | null;
  readonly plan: MachinePlan;
}

/** Finds out what this Mac has and decides how the VM is to be made. Touches nothing of the VM's. `kept` comes from a snapshot. Throws `HYPERVISOR`. */
export async function prepare(
  spec: BootSpec,
  context: Pick<DriverContext, 'paths' | 'signal'>,
  mac: Mac,
  options: ResolvedOptions,
  kept: PlanInputs['kept'] = null,
): Promise<Preparation> {
  const { efiVariableStore } = spec;
  const [executable, disks, store] = await Promise.all([
    mac.executable(context.signal, spec.name),
    readDisks(spec),
    efiVariableStore === null ? undefined : ignoreErrno(stat(efiVariableStore), 'ENOENT'),
  ]);
  const plan = planMachine(spec, {
    options: optionsOf(spec, options),
    disks,
    runtimeDir: context.paths.runtimeDir,
    inProcess: executable === null,
    variableStoreExists: store !== undefined,
    kept,
  });
  return { executable, plan };
}
