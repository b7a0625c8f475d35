import type { HostFacts } from '@vmrs/applevz-addon';
import type { BootSpec, Problem } from '@vmrs/core/driver';
import type { VmOptions } from '../vm-options.ts';

/** What the options of a VM ask of this Mac that it does not have. */
export function optionProblems(
  { networks }: Pick<BootSpec, 'networks'>,
  { nestedVirtualization, uplink }: VmOptions,
  facts: Pick<HostFacts, 'nestedVirtualization' | 'mayBridge' | 'vmnet'>,
): readonly Problem[] {
  const problems: Problem[] = [];
  if (nestedVirtualization && !facts.nestedVirtualization) {
    const message = 'guests can run VMs themselves only with macOS 15 or later on an M3 or later';
    problems.push({ path: 'driverOptions.nestedVirtualization', message });
  }
  if (!networks.some(({ type }) => type === 'nat')) return problems;
  const path = 'driverOptions.uplink';
  if (typeof uplink === 'object' && !facts.mayBridge) {
    const message = "bridging needs root, or Apple's permission (com.apple.vm.networking) in the host's signature";
    problems.push({ path, message, fix: "run as root, or use 'vmnet-shared' on macOS 26" });
  }
  if ((uplink === 'vmnet-shared' || uplink === 'vmnet-host') && !facts.vmnet) {
    problems.push({ path, message: 'vmnet networks need macOS 26 or later', fix: "use 'nat'" });
  }
  return problems;
}
