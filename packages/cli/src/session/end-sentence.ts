import type { VmExit, VmState } from '@vmrs/core';

const HOW: { readonly [H in VmExit['how']]: string } = {
  guest: 'the guest powered off',
  terminated: 'the hypervisor ended it',
  sigterm: 'its VMM was ended by SIGTERM',
  sigkill: 'it was killed',
  panicked: 'the guest kernel panicked',
  crashed: 'its VMM ended without having been asked to',
  unattended: 'it ended by itself',
  orphaned: 'it ended with the program that it was attached to',
  unknown: 'nobody knows how',
};

/** How a VM ended: `has stopped: the guest powered off`, `has failed: …`. */
export function endSentence(state: Extract<VmState, { status: 'stopped' | 'failed' }>): string {
  return state.status === 'stopped' ? `has stopped: ${HOW[state.exit.how]}` : `has failed: ${state.reason}`;
}
