import type { DriverCapabilities } from '@vmrs/core/driver';

/** What the stand-in VMM can do. */
export const FAKE_CAPABILITIES: DriverCapabilities = Object.freeze({
  powerButton: true,
  terminate: true,
  pause: true,
  snapshot: true,
  vsock: true,
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
  driverOptions: true,
  operations: true,
});
