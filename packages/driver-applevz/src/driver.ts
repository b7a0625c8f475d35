import type { DriverCapabilities, VmDriver } from '@vmrs/core/driver';
import { adoptMachine } from './adopt.ts';
import { bootBeginning, launch } from './launch.ts';
import { Mac } from './mac/mac.ts';
import { OPERATION_NAMES } from './operations/operate.ts';
import { type AppleVzOptions, resolveOptions } from './options.ts';
import { prepare } from './prepare.ts';
import { probeMac } from './probe.ts';
import { restoreSnapshot } from './snapshot/restore.ts';
import { validateSpec } from './validate/validate.ts';
import type { AppleVzVmOptions } from './vm-options.ts';

const CAPABILITIES: DriverCapabilities = Object.freeze({
  powerButton: true,
  terminate: true,
  pause: true,
  snapshot: true,
  vsock: true,
  rootDisk: true,
  dataDisk: true,
  seedIso: true,
  tap: false,
  socketNetwork: true,
  nat: true,
  portForwards: false,
  sharedDirs: true,
  readOnlyShares: true,
  netns: false,
  machineId: true,
  efiVariableStore: true,
  rosetta: true,
  driverOptions: true,
  operations: true,
});

/** The Virtualization.framework driver: Linux guests on macOS. Throws `TypeError` for options that make no sense. */
export function createDriver(options: AppleVzOptions = {}): VmDriver<AppleVzVmOptions> {
  const resolved = resolveOptions(options);
  const mac = new Mac(resolved, process.env);
  return Object.freeze<VmDriver<AppleVzVmOptions>>({
    id: 'applevz',
    contract: { major: 1, minor: 0 },
    capabilities: CAPABILITIES,
    operations: OPERATION_NAMES,
    probe: (probeOptions) => probeMac(mac, probeOptions),
    validate: (spec) => validateSpec(spec, mac, resolved),
    async boot(spec, context) {
      const preparation = await prepare(spec, context, mac, resolved);
      return launch(spec, context, preparation, mac, resolved, bootBeginning(resolved));
    },
    adopt: (record, context) => adoptMachine(record, context, resolved),
    restore: (snapshot, spec, context) => restoreSnapshot(snapshot, spec, context, mac, resolved),
  });
}
