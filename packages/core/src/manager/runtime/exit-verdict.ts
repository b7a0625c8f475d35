import type { MachineExit } from '../../contract/index.ts';
import type { RungReport } from '../../errors/index.ts';
import type { VmExit, VmState } from '../../state/index.ts';

/** What core had asked of the VM when it ended. */
export interface Asked {
  /** The rung that was being tried, or null when nobody had asked for an end. */
  readonly rung: RungReport['rung'] | null;
}

/** The final state of a VM. */
export type EndState = Extract<VmState, { status: 'stopped' | 'failed' }>;

const HOW_BY_RUNG = {
  'power-button': 'terminated',
  terminate: 'terminated',
  sigterm: 'sigterm',
  sigkill: 'sigkill',
} as const satisfies Record<RungReport['rung'], VmExit['how']>;

/**
 * What the end of a machine means. It is `stopped` when the guest powered off or when core had asked for the end; a VMM
 * that ends unasked is `failed`, with exit code and signal, whatever its exit code.
 */
export function exitVerdict(exit: MachineExit, asked: Asked, at: string, lastWords: string | undefined): EndState {
  const base = { code: exit.code, signal: exit.signal, at };
  switch (exit.reason) {
    case 'guest':
      return { status: 'stopped', exit: { how: 'guest', ...base } };
    case 'panic':
      return {
        status: 'failed',
        reason: because('the guest kernel panicked', lastWords),
        exit: { how: 'panicked', ...base },
      };
    case 'host':
      if (asked.rung !== null) return { status: 'stopped', exit: { how: HOW_BY_RUNG[asked.rung], ...base } };
      return { status: 'failed', reason: crashReason(exit, lastWords), exit: { how: 'crashed', ...base } };
    case 'unknown':
      if (asked.rung !== null) return { status: 'stopped', exit: { how: HOW_BY_RUNG[asked.rung], ...base } };
      return {
        status: 'failed',
        reason: 'the VMM is gone and nothing tells how it ended',
        exit: { how: 'unknown', ...base },
      };
  }
}

function crashReason(exit: MachineExit, lastWords: string | undefined): string {
  const how =
    exit.signal !== null
      ? `was ended by ${exit.signal}`
      : exit.code !== null
        ? `exited with code ${exit.code}`
        : 'ended';
  return because(`the VMM ${how} without having been asked to`, lastWords);
}

function because(what: string, lastWords: string | undefined): string {
  return lastWords === undefined ? what : `${what}: ${lastWords}`;
}
