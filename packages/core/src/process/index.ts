export { endByToken } from './end-by-token.ts';
export { findByMark, type MarkedProcess, markOf } from './find-by-token.ts';
export { checkIdentity, selfIdentity } from './identity.ts';
export { createProcessHost } from './process-host.ts';
export { recordedExit } from './recorded-exit.ts';
export { signalProcess } from './signal.ts';
