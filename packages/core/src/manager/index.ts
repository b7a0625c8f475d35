export type { Able, OptionalOperations } from './able.ts';
export type { AdoptionReport, HeldVm } from './adoption/adopt-all.ts';
export type { BootPlan } from './boot-plan.ts';
export type { GcItem, GcReport } from './gc/index.ts';
export type { Keep } from './options/keep.ts';
export type {
  BootOptions,
  GcOptions,
  ManagerOptions,
  NamespaceOptions,
  RemoveOptions,
  RestoreOverrides,
} from './options/manager-options.ts';
export type { PortableVm } from './portable-vm.ts';
export type { SubscribeOptions } from './runtime/event-hub.ts';
export type { ManagerEvent, VmEvent } from './runtime/vm-event.ts';
export type { WaitOptions } from './runtime/wait-for-state.ts';
export type { CopyProgress } from './snapshot/disk-copies.ts';
export type { SnapshotOptions } from './snapshot/snapshot-options.ts';
export type { LadderDeadlines } from './stop/stop-ladder.ts';
export { DEFAULT_DEADLINES } from './stop/stop-ladder.ts';
export type { StopOptions, StopResult } from './stop/stop-result.ts';
export { Vm } from './vm.ts';
export type { VmDetails, VmFilePaths } from './vm-details.ts';
export { VmManager } from './vm-manager.ts';
export type { VmSummary } from './vm-summary.ts';
