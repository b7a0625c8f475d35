import type { DriverCapabilities, VmDriver } from '@vmrs/core/driver';
import { adoptMachine } from './adopt.ts';
import { ChHost } from './host/host.ts';
import { bootBeginning, launch } from './launch.ts';
import { OPERATION_NAMES } from './operations/operate.ts';
import { type CloudHvOptions, resolveOptions } from './options.ts';
import { prepare } from './prepare.ts';
import { probeHost } from './probe.ts';
import { restoreSnapshot } from './snapshot/restore.ts';
import { validateSpec } from './validate/validate.ts';
import type { CloudHvVmOptions } from './vm-options.ts';

const CAPABILITIES: DriverCapabilities = Object.freeze({
  powerButton: true,
  terminate: true,
  pause: true,
  snapshot: true,
  vsock: true,
  rootDisk: true,
  dataDisk: true,
  seedIso: true,
  tap: true,
  socketNetwork: false,
  nat: false,
  portForwards: false,
  sharedDirs: true,
  readOnlyShares: true,
  netns: true,
  machineId: true,
  efiVariableStore: false,
  rosetta: false,
  driverOptions: true,
  operations: true,
});

/** The Cloud Hypervisor driver: Linux guests under KVM. Throws `TypeError` for options that make no sense. */
export function createDriver(options: CloudHvOptions = {}): VmDriver<CloudHvVmOptions> {
  const resolved = resolveOptions(options);
  const host = new ChHost(resolved, process.env);
  return Object.freeze<VmDriver<CloudHvVmOptions>>({
    id: 'cloudhv',
    contract: { major: 1, minor: 0 },
    capabilities: CAPABILITIES,
    operations: OPERATION_NAMES,
    probe: (probeOptions) => probeHost(host, probeOptions),
    validate: (spec) => validateSpec(spec, host, resolved),
    async boot(spec, context) {
      const preparation = await prepare(spec, context, host, resolved);
      return launch(spec, context, preparation, host, resolved, bootBeginning(preparation, resolved));
    },
    adopt: (record, context) => adoptMachine(record, context, host, resolved),
    restore: (snapshot, spec, context) => restoreSnapshot(snapshot, spec, context, host, resolved),
  });
}
