import { stat } from 'node:fs/promises';
import { type BootSpec, type DriverContext, ignoreErrno } from '@vmrs/core/driver';
import { readDisks } from '@vmrs/driver-kit';
import { type BootPlan, planBoot } from './config/plan-boot.ts';
import type { ControlData } from './control-data.ts';
import type { ChBinary } from './host/binary.ts';
import type { ChHost, Helpers } from './host/host.ts';
import { optionsOf, type ResolvedOptions } from './options.ts';
import { shareOf } from './sidecars/share-daemons.ts';
import type { VmOptions } from './vm-options.ts';

/** Everything that was found out and decided for one start; nothing has been started. */
export interface Preparation {
  readonly binary: ChBinary;
  readonly helpers: Helpers;
  readonly plan: BootPlan;
  readonly vmOptions: VmOptions;
  readonly control: ControlData;
}

/** Finds out what the host has and decides how the VM is to be made. Touches nothing. `macs` come from a snapshot. Throws `HYPERVISOR`. */
export async function prepare(
  spec: BootSpec,
  context: Pick<DriverContext, 'paths' | 'signal'>,
  host: ChHost,
  options: ResolvedOptions,
  macs: readonly string[] | null = null,
): Promise<Preparation> {
  const { runtimeDir, vmmLog } = context.paths;
  const vmOptions = optionsOf(spec, options);
  const [binary, helpers, disks, log] = await Promise.all([
    host.binary(context.signal),
    host.helpers({ ...spec, privateMounts: vmOptions.privateMounts }),
    readDisks(spec),
    ignoreErrno(stat(vmmLog), 'ENOENT'),
  ]);
  const { features, version } = binary;
  const inputs = { options: vmOptions, features, disks, runtimeDir, arch: process.arch, macs };
  const plan = planBoot(spec, inputs);
  const control: ControlData = {
    binary: binary.path,
    version: version.text,
    macs: (plan.config.net ?? []).map(({ mac }) => mac ?? ''),
    sharedMemory: plan.config.memory?.shared === true,
    logStart: log?.size ?? 0,
    shares: spec.sharedDirs.map((dir, index) => shareOf(dir, index, context)),
  };
  return { binary, helpers, plan, vmOptions, control };
}
