export type { Transition } from './transitions.ts';
export { canTransition, TRANSITIONS } from './transitions.ts';
export type { VmExit } from './vm-exit.ts';
export type { VmState, VmStatus } from './vm-state.ts';
export { formatState, ipOf, isEnded, isReady, isRunning } from './vm-state.ts';
