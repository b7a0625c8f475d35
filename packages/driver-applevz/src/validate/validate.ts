import type { BootSpec, Problem } from '@vmrs/core/driver';
import { messageOf } from '../errors.ts';
import type { Mac } from '../mac/mac.ts';
import { optionsOf, type ResolvedOptions } from '../options.ts';
import { vmOptionProblems } from '../vm-options.ts';
import { bootProblems } from './boot-problems.ts';
import { diskProblems } from './disk-problems.ts';
import { limitProblems } from './limit-problems.ts';
import { machineIdProblems } from './machine-id-problems.ts';
import { optionProblems } from './option-problems.ts';
import { shareProblems } from './share-problems.ts';

/** All that this driver has against a VM, over and above core's rules. Touches nothing of the VM's. */
export async function validateSpec(spec: BootSpec, mac: Mac, options: ResolvedOptions): Promise<readonly Problem[]> {
  const unfit = vmOptionProblems(spec.driverOptions);
  // Options that cannot be read say nothing about the rest; the rest is checked with the driver's own.
  const vm = optionsOf(unfit.length === 0 ? spec : { driverOptions: {} }, options);
  const facts = await mac.facts().catch((error: unknown) => messageOf(error));
  if (typeof facts === 'string') return [...unfit, { path: 'driver', message: facts }, ...(await diskProblems(spec))];
  const [boot, disks] = await Promise.all([bootProblems(spec, facts), diskProblems(spec)]);
  return [
    ...unfit,
    ...boot,
    ...disks,
    ...limitProblems(spec, facts),
    ...machineIdProblems(spec, facts),
    ...optionProblems(spec, vm, facts),
    ...shareProblems(spec, facts),
  ];
}
