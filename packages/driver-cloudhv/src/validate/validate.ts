import type { BootSpec, Problem } from '@vmrs/core/driver';
import { messageOf } from '../errors.ts';
import type { ChBinary } from '../host/binary.ts';
import type { ChHost } from '../host/host.ts';
import { optionsOf, type ResolvedOptions } from '../options.ts';
import { vmOptionProblems } from '../vm-options.ts';
import { diskProblems } from './disk-problems.ts';
import { networkProblems } from './network-problems.ts';
import { optionProblems } from './option-problems.ts';
import { payloadProblems } from './payload-problems.ts';
import { shareProblems } from './share-problems.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** All that this driver has against a VM, over and above core's rules. Touches nothing. */
export async function validateSpec(
  spec: BootSpec,
  host: ChHost,
  options: ResolvedOptions,
): Promise<readonly Problem[]> {
  const unfit = vmOptionProblems(spec.driverOptions);
  // Options that cannot be read say nothing about the rest; the rest is checked with the driver's own.
  const readable = unfit.length === 0 ? spec : { ...spec, driverOptions: {} };
  const vm = optionsOf(readable, options);
  const binary = await host.binary().catch((error: unknown) => messageOf(error));
  const helpers = await host.helpers({ ...spec, privateMounts: vm.privateMounts });
  const features = typeof binary === 'string' ? null : binary.features;
  const checks = await Promise.all([
    payloadProblems(spec, vm, process.arch, features),
    diskProblems(spec, options),
    networkProblems(spec, helpers),
    optionProblems(spec, vm, features, helpers),
  ]);
  return [
    ...unfit,
    ...binaryProblems(binary),
    ...machineIdProblems(spec),
    ...checks.flat(),
    ...shareProblems(spec, vm, helpers.virtiofsd),
  ];
}

function binaryProblems(binary: ChBinary | string): readonly Problem[] {
  return typeof binary === 'string' ? [{ path: 'driver', message: binary }] : [];
}

function machineIdProblems({ machineId }: BootSpec): readonly Problem[] {
  if (machineId === null || UUID.test(machineId)) return [];
  const message = `must be a UUID for Cloud Hypervisor, got '${machineId}'`;
  return [{ path: 'machineId', message, fix: 'make one with crypto.randomUUID()' }];
}
