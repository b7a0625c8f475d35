import type { DriverCapabilities, VmDriver } from '@vmrs/core/driver';
import { adoptMachine } from './adopt.ts';
import { specProblems } from './config/validate.ts';
import { resolveOptions, type UmlOptions } from './options.ts';
import { probeHost } from './probe.ts';
import { startMachine } from './start.ts';

const CAPABILITIES: DriverCapabilities = Object.freeze({
  powerButton: true,
  terminate: true,
  pause: true,
  snapshot: false,
  vsock: false,
  rootDisk: false,
  dataDisk: false,
  seedIso: false,
  tap: false,
  socketNetwork: false,
  nat: false,
  portForwards: false,
  sharedDirs: false,
  readOnlyShares: false,
  netns: false,
  machineId: false,
  efiVariableStore: false,
  rosetta: false,
  driverOptions: false,
  operations: false,
});

/** The User-Mode Linux driver. `kernel` is the executable of such a kernel, as Debian's `/usr/bin/linux.uml`. */
export function createDriver(options: UmlOptions = {}): VmDriver {
  const resolved = resolveOptions(options);
  return Object.freeze<VmDriver>({
    id: 'uml',
    contract: { major: 1, minor: 0 },
    capabilities: CAPABILITIES,
    probe: (probeOptions) => probeHost(resolved, probeOptions),
    validate: (spec) => specProblems(spec),
    boot: (spec, context) => startMachine(spec, context, resolved),
    adopt: (record, context) => adoptMachine(record, context, resolved),
  });
}
