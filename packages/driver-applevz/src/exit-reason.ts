import type { MachineExit, ProcessExit } from '@vmrs/core/driver';
import { EXIT_CODES, type HowItEnded } from './control/protocol.ts';

/**
 * How a VM ended: by what its host said last, and where nobody heard it, by the host's exit code. `asked`: whether this driver told it to, which counts where the host could not say
 * anything any more. Pure.
 */
export function machineExit(exit: ProcessExit, told: HowItEnded | null, asked: boolean): MachineExit {
  const { code, signal, known } = exit;
  return { reason: reasonOf(exit, told, asked), code, signal: known ? signal : null };
}

function reasonOf({ code, known }: ProcessExit, told: HowItEnded | null, asked: boolean): MachineExit['reason'] {
  switch (told?.by) {
    case 'guest':
      return 'guest';
    case 'panic':
      return 'panic';
    case 'told':
    case 'failure':
      return 'host';
    case undefined:
      break;
  }
  if (asked) return 'host';
  if (!known) return 'unknown';
  switch (code) {
    case EXIT_CODES.off:
      return 'guest';
    case EXIT_CODES.panic:
      return 'panic';
    default:
      return 'host';
  }
}
