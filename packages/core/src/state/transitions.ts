import type { VmStatus } from './vm-state.ts';

/** One edge of the state diagram. */
export interface Transition {
  readonly from: VmStatus;
  readonly to: VmStatus;
  /** What makes it happen, in the words of the docs. */
  readonly on: string;
}

/** Every legal change of state. Core refuses all others; the conformance suite and the docs read the same table. */
export const TRANSITIONS: readonly Transition[] = [
  { from: 'starting', to: 'running', on: 'the VMM executes the guest' },
  { from: 'starting', to: 'paused', on: 'a snapshot is restored' },
  { from: 'starting', to: 'stopping', on: 'stop() or kill() during boot' },
  { from: 'starting', to: 'stopped', on: 'the guest powers off during boot' },
  { from: 'starting', to: 'failed', on: 'the boot fails' },
  { from: 'running', to: 'ready', on: 'the readiness marker arrives' },
  { from: 'running', to: 'paused', on: 'pause()' },
  { from: 'running', to: 'stopping', on: 'stop() or kill()' },
  { from: 'running', to: 'stopped', on: 'the guest powers itself off' },
  { from: 'running', to: 'failed', on: 'the VMM dies or the guest panics' },
  { from: 'ready', to: 'ready', on: 'a marker with another address arrives' },
  { from: 'ready', to: 'running', on: 'the guest is reset' },
  { from: 'ready', to: 'paused', on: 'pause()' },
  { from: 'ready', to: 'stopping', on: 'stop() or kill()' },
  { from: 'ready', to: 'stopped', on: 'the guest powers itself off' },
  { from: 'ready', to: 'failed', on: 'the VMM dies or the guest panics' },
  { from: 'paused', to: 'running', on: 'resume() of a guest that was not ready' },
  { from: 'paused', to: 'ready', on: 'resume() of a guest that was ready' },
  { from: 'paused', to: 'stopping', on: 'stop() or kill()' },
  { from: 'paused', to: 'stopped', on: 'the VMM is ended from outside' },
  { from: 'paused', to: 'failed', on: 'the VMM dies' },
  { from: 'stopping', to: 'stopped', on: 'the VMM is gone' },
  { from: 'stopping', to: 'failed', on: 'the VMM dies of something else' },
  { from: 'stopping', to: 'running', on: 'the stop failed; the guest was not ready' },
  { from: 'stopping', to: 'ready', on: 'the stop failed; the guest was ready' },
  { from: 'stopping', to: 'paused', on: 'the stop failed; the guest was paused' },
];

/** Whether a VM in state `from` may go to state `to`. */
export function canTransition(from: VmStatus, to: VmStatus): boolean {
  return TRANSITIONS.some((edge) => edge.from === from && edge.to === to);
}
