import type { DriverCapabilities, NoVmOptions, VmDriver } from '@vmrs/core/driver';
import { adoptMachine } from './adopt.ts';
import { QemuHost } from './host/host.ts';
import { launch, prepare } from './launch.ts';
import { type QemuOptions, resolveOptions } from './options.ts';
import { probeHost } from './probe.ts';
import { restoreSnapshot } from './snapshot/restore.ts';
import { validateSpec } from './validate.ts';

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
  socketNetwork: true,
  nat: true,
  portForwards: true,
  sharedDirs: true,
  readOnlyShares: true,
  netns: true,
  machineId: true,
  efiVariableStore: false,
  rosetta: false,
  driverOptions: false,
  operations: false,
});

/**
 * The QEMU driver: works on every platform that QEMU runs on, with the host's accelerator where it really runs guests and in software
 * where it does not. Throws `TypeError` for options that make no sense.
 */
export function createDriver(options: QemuOptions = {}): VmDriver<NoVmOptions> {
  const resolved = resolveOptions(options);
  const host = new QemuHost(resolved, process.env);
  return Object.freeze<VmDriver<NoVmOptions>>({
    id: 'qemu',
    contract: { major: 1, minor: 0 },
    capabilities: CAPABILITIES,
    probe: (probeOptions) => probeHost(host, resolved, probeOptions),
    validate: (spec) => validateSpec(spec, host, resolved),
    boot: async (spec, context) => {
      const { machine } = await launch(spec, context, await prepare(spec, context, host, resolved), resolved);
      return machine;
    },
    adopt: adoptMachine,
    restore: (snapshot, spec, context) => restoreSnapshot(snapshot, spec, context, host, resolved),
  });
}
