export { removeTemporaryFiles, syncDirectory, writeFileAtomic } from './atomic-file.ts';
export type { VmLayout } from './layout.ts';
export { defaultRuntimeDir, defaultStateDir, runtimeDirFor, vmLayout } from './layout.ts';
export type { Lock } from './lock.ts';
export { acquireLock } from './lock.ts';
export { ensurePrivateDir } from './private-dir.ts';
export { listRecordFiles, readRecord, writeRecord } from './record.ts';
export { socketPathProblem } from './socket-path.ts';
export { RECORD_SCHEMA, type VmRecord } from './vm-record.ts';
