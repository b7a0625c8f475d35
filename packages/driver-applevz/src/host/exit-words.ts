import { formatFailure } from '../control/format-failure.ts';
import { EXIT_CODES, type HowItEnded } from '../control/protocol.ts';

/** How a host process ends: its exit code, and the line that says why. */
export interface HostExit {
  readonly code: number;
  readonly words: string;
}

/** The exit of a host whose machine has ended; `signalled`: because of a SIGTERM. */
export function exitOf(how: HowItEnded, signalled: boolean): HostExit {
  switch (how.by) {
    case 'guest':
      return { code: EXIT_CODES.off, words: 'the guest has powered itself off' };
    case 'told':
      return signalled
        ? { code: EXIT_CODES.terminated, words: 'SIGTERM: the machine was stopped' }
        : { code: EXIT_CODES.off, words: 'the machine was stopped, as a controller has said' };
    case 'panic':
      return { code: EXIT_CODES.panic, words: `the guest's kernel has panicked: ${how.detail}` };
    case 'failure':
      return { code: EXIT_CODES.failure, words: `the machine has failed: ${formatFailure(how.failure)}` };
  }
}
