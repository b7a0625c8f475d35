/** `@vmrs/core`: what users of virtual machines call. Drivers use `@vmrs/core/driver`. */
export type {
  AnyVmOptions,
  BootSpec,
  NetworkConfig,
  NetworkSpec,
  PortForward,
  PortForwardSpec,
  SharedDir,
  SharedDirSpec,
  VmConfig,
} from './config/index.ts';
export { vmConfigJsonSchema } from './config/index.ts';
export type {
  Capability,
  ContractVersion,
  DriverCapabilities,
  Lifetime,
  Logger,
  LogMethod,
  ProbeReport,
  ProcessIdentity,
  VmDriver,
} from './contract/index.ts';
export { CAPABILITIES, CONTRACT_VERSION } from './contract/index.ts';
export type {
  DiscoverOptions,
  Discovery,
  DriverDescriptor,
  DriverManifest,
  DriverSource,
  DriverSurvey,
  SurveyOptions,
  VmOptionsOf,
} from './discovery/index.ts';
export { discoverDrivers, surveyDrivers } from './discovery/index.ts';
export type { DriverCandidate, ErrorCode, ErrorDetails, Evidence, Problem, RungReport } from './errors/index.ts';
export { isVmError, VmError } from './errors/index.ts';
export type { LoggerOptions } from './log/index.ts';
export { createLogger } from './log/index.ts';
export type {
  Able,
  AdoptionReport,
  BootOptions,
  BootPlan,
  CopyProgress,
  GcItem,
  GcOptions,
  GcReport,
  HeldVm,
  Keep,
  LadderDeadlines,
  ManagerEvent,
  ManagerOptions,
  NamespaceOptions,
  OptionalOperations,
  PortableVm,
  RemoveOptions,
  RestoreOverrides,
  SnapshotOptions,
  StopOptions,
  StopResult,
  SubscribeOptions,
  VmDetails,
  VmEvent,
  VmFilePaths,
  VmSummary,
  WaitOptions,
} from './manager/index.ts';
export { DEFAULT_DEADLINES, Vm, VmManager } from './manager/index.ts';
export type { ProbeTarget, ReadinessProbe, ReadyOptions } from './readiness/index.ts';
export { allOf, anyOf, http, READY_MARKER, tcp, unixSocket, vsockPort } from './readiness/index.ts';
export type { Transition, VmExit, VmState, VmStatus } from './state/index.ts';
export { canTransition, formatState, ipOf, isEnded, isReady, isRunning, TRANSITIONS } from './state/index.ts';
export type { AbortOptions } from './util/abort.ts';
export type { Clock } from './util/clock.ts';
export type { AppendHandle, CopyHow, FileSystem } from './util/file-system.ts';
export { systemFileSystem } from './util/file-system.ts';
export type { JsonObject, JsonValue } from './util/json.ts';
