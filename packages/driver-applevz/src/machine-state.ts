import type { NativeState } from '@vmrs/applevz-addon';
import type { MachineState } from '@vmrs/core/driver';

/**
 * What a state of the framework means. Null: it is between two states, or in one that came with a newer macOS, so that the last known one holds. Nothing of that is ever
 * taken for a failure. Pure.
 */
export function machineState(state: NativeState): MachineState | null {
  switch (state) {
    case 'starting':
    case 'restoring':
      return 'starting';
    case 'running':
      return 'running';
    case 'paused':
    case 'pausing':
    case 'resuming':
    case 'saving':
      return 'paused';
    case 'stopped':
    case 'error':
      return 'stopped';
    default:
      return null;
  }
}
