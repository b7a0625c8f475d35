import type { VmExit } from './vm-exit.ts';

/** The state of a VM; data that exists in one state only lives in that branch. */
export type VmState =
  /** It is being booted or restored. */
  | { readonly status: 'starting' }
  /** The hypervisor executes it; the guest has not said that it is ready. */
  | { readonly status: 'running' }
  /** The guest has written its readiness marker in this boot. */
  | { readonly status: 'ready'; readonly ip: string }
  /** Its vCPUs are suspended. */
  | { readonly status: 'paused' }
  /** A stop is under way. */
  | { readonly status: 'stopping' }
  /** It ended as it should. */
  | { readonly status: 'stopped'; readonly exit: VmExit }
  /** It could not be started, or ended without having been asked to. */
  | { readonly status: 'failed'; readonly reason: string; readonly exit: VmExit | null };

/** The name of a state. */
export type VmStatus = VmState['status'];

/** The text form of a state: `starting`, `running`, `ready (10.0.1.2)`, `paused`, `stopping`, `stopped`, `failed: <reason>`. */
export function formatState(state: VmState): string {
  switch (state.status) {
    case 'ready':
      return `ready (${state.ip})`;
    case 'failed':
      return `failed: ${state.reason}`;
    case 'starting':
    case 'running':
    case 'paused':
    case 'stopping':
    case 'stopped':
      return state.status;
  }
}

/** Whether the hypervisor executes the guest (running or ready). */
export function isRunning(state: VmState): boolean {
  return state.status === 'running' || state.status === 'ready';
}

/** Whether the guest has said that it is ready. */
export function isReady(state: VmState): boolean {
  return state.status === 'ready';
}

/** Whether the VM has ended (stopped or failed). */
export function isEnded(state: VmState): state is Extract<VmState, { status: 'stopped' | 'failed' }> {
  return state.status === 'stopped' || state.status === 'failed';
}

/** The guest's address once it is ready, else undefined. */
export function ipOf(state: VmState): string | undefined {
  return state.status === 'ready' ? state.ip : undefined;
}
