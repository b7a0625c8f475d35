export type { Capability, DriverCapabilities } from './capabilities.ts';
export { CAPABILITIES } from './capabilities.ts';
export type {
  DriverContext,
  MachineRecord,
  NoVmOptions,
  ProbeReport,
  SnapshotRef,
  VmDriver,
  VmPaths,
} from './driver.ts';
export type { Logger, LogMethod } from './logger.ts';
export type { Machine, MachineEvent, MachineExit, MachineState } from './machine.ts';
export type { Lifetime, ProcessCommand, ProcessExit, ProcessHost, ProcessIdentity, VmProcess } from './process.ts';
export type { Resource, ResourceScope } from './resources.ts';
export type { ContractVersion } from './version.ts';
export { CONTRACT_VERSION, contractMatches, formatContract } from './version.ts';
