import type { BootSpec, Problem } from '@vmrs/core/driver';
import { diskPaths } from '@vmrs/driver-kit';
import type { VmOptions } from '../vm-options.ts';
import type { MachineShape } from './snapshot-data.ts';

/** What of a VM must be the same when its saved state is restored: the framework refuses any other, without saying what differs. Pure. */
export function machineShape(spec: BootSpec, { nestedVirtualization }: VmOptions): MachineShape {
  return {
    cpus: spec.cpus,
    memoryMb: spec.memoryMb,
    disks: diskPaths(spec).map(([id]) => id),
    networks: spec.networks.map(({ type }) => type),
    sharedDirs: spec.sharedDirs.map(({ tag }) => tag),
    rosetta: spec.rosetta,
    vsock: spec.vsock,
    efi: spec.kernel === null,
    nestedVirtualization,
  };
}

/** How a VM differs from the one that was saved. */
export function shapeDifferences(saved: MachineShape, now: MachineShape): readonly Problem[] {
  return Object.entries(now).flatMap(([member, value]): Problem[] => {
    const was: unknown = saved[member as keyof MachineShape];
    if (JSON.stringify(was) === JSON.stringify(value)) return [];
    const message = `was ${JSON.stringify(was)} when the state was saved, and is ${JSON.stringify(value)}`;
    return [{ path: member, message, fix: 'restore with the same configuration' }];
  });
}
