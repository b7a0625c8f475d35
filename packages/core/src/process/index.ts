export { checkIdentity, selfIdentity } from './identity.ts';
export { createProcessHost } from './process-host.ts';
export { recordedExit } from './recorded-exit.ts';
export { signalProcess } from './signal.ts';
