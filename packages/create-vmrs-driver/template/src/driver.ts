import type { VmDriver } from '@vmrs/core/driver';
import { adoptMachine } from './adopt.ts';
import { CAPABILITIES } from './capabilities.ts';
import { specProblems } from './config/validate.ts';
import { type AcmevisorOptions, resolveOptions } from './options.ts';
import { probeHost } from './probe.ts';
import { startMachine } from './start.ts';

/** The Acmevisor driver. Does nothing yet: what it needs is looked for when it is asked to. */
export function createDriver(options: AcmevisorOptions = {}): VmDriver {
  const resolved = resolveOptions(options);
  return Object.freeze<VmDriver>({
    id: 'acmevisor',
    // Literals, and the same as in package.json: the contract that this driver was written for.
    contract: { major: 1, minor: 0 },
    capabilities: CAPABILITIES,
    probe: (probeOptions) => probeHost(resolved, probeOptions),
    validate: async (spec) => specProblems(spec),
    boot: (spec, context) => startMachine(spec, context, resolved),
    adopt: (record, context) => adoptMachine(record, context, resolved),
  });
}
