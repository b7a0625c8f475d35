import type { BootSpec, Problem } from '@vmrs/core/driver';

/** As many virtual CPUs as the hypervisor can give to one VM. */
const MOST_CPUS = 64;

/** The rules of Acmevisor over and above core's: everything that is wrong, at once, before anything happens. */
export function specProblems(spec: BootSpec): readonly Problem[] {
  const problems: Problem[] = [];
  // TODO(acmevisor): your hypervisor's limits, and combinations that it cannot honour.
  if (spec.cpus > MOST_CPUS) {
    problems.push({ path: 'cpus', message: `Acmevisor gives a VM at most ${MOST_CPUS} CPUs, not ${spec.cpus}` });
  }
  if (spec.kernel === null) problems.push({ path: 'kernel', message: 'Acmevisor boots kernels only' });
  return problems;
}
