import type { HostFacts } from '@vmrs/applevz-addon';
import type { BootSpec, Problem } from '@vmrs/core/driver';

const MIB = 1024 * 1024;

/** What the framework has against the size of the VM. Its bounds are those of this Mac. */
export function limitProblems(
  { cpus, memoryMb }: Pick<BootSpec, 'cpus' | 'memoryMb'>,
  facts: Pick<HostFacts, 'minCpus' | 'maxCpus' | 'minMemoryBytes' | 'maxMemoryBytes'>,
): readonly Problem[] {
  const leastMb = Math.ceil(facts.minMemoryBytes / MIB);
  const mostMb = Math.floor(facts.maxMemoryBytes / MIB);
  return [...outside('cpus', cpus, facts.minCpus, facts.maxCpus), ...outside('memoryMb', memoryMb, leastMb, mostMb)];
}

function outside(path: string, value: number, least: number, most: number): readonly Problem[] {
  if (value >= least && value <= most) return [];
  return [{ path, message: `must be ${least} to ${most} on this Mac, got ${value}` }];
}
