/** `@vmrs/core/driver`: what authors of drivers need. */
export type { BootSpec, NetworkSpec, PortForwardSpec, SharedDirSpec } from './config/index.ts';
export * from './contract/index.ts';
export type { ErrorCode, ErrorDetails, Evidence, Problem, RungReport, VmErrorInit } from './errors/index.ts';
export { formatProblems, isVmError, VmError } from './errors/index.ts';
export type { AbortOptions } from './util/abort.ts';
export { onAbort, raceAbort } from './util/abort.ts';
export type { Clock } from './util/clock.ts';
export { systemClock } from './util/clock.ts';
export type { CopySparseOptions } from './util/copy-sparse.ts';
export { copySparse } from './util/copy-sparse.ts';
export type { Deferred } from './util/deferred.ts';
export { deferred } from './util/deferred.ts';
export { errnoOf, ignoreErrno } from './util/errno.ts';
export type { JsonObject, JsonValue } from './util/json.ts';
export type { LinkedAbort } from './util/linked-abort.ts';
export { linkAborts } from './util/linked-abort.ts';
export { openFile } from './util/open-file.ts';
