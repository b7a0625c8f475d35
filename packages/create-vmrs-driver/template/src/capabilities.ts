import type { DriverCapabilities } from '@vmrs/core/driver';

/**
 * What this version of the driver can do, whatever the host.
 *
 * TODO(acmevisor): set to true what your hypervisor can do, and add what belongs to it: an operation is a member of the machine
 * (`snapshot` also `restore` of the driver), a field of the configuration is something for `config/command-line.ts`.
 */
export const CAPABILITIES: DriverCapabilities = Object.freeze({
  powerButton: true,
  terminate: true,
  pause: true,
  snapshot: false,
  vsock: false,
  rootDisk: true,
  dataDisk: true,
  seedIso: true,
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
