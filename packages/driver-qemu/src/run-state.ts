import type { MachineState } from '@vmrs/core/driver';

/** QEMU's run states (`RunState` in `qapi/run-state.json`) as the contract's states. An unknown one is undefined. */
export function machineState(runState: string): MachineState | undefined {
  return STATES[runState];
}

const STATES: Readonly<Record<string, MachineState>> = {
  prelaunch: 'starting',
  inmigrate: 'starting',
  'restore-vm': 'starting',
  running: 'running',
  paused: 'paused',
  // The vCPUs stand still and `cont` lets them go on.
  postmigrate: 'paused',
  'finish-migrate': 'paused',
  'save-vm': 'paused',
  'io-error': 'paused',
  debug: 'paused',
  colo: 'paused',
  watchdog: 'paused',
  // The guest sleeps and can be woken.
  suspended: 'paused',
  'internal-error': 'stopped',
  'guest-panicked': 'stopped',
  shutdown: 'stopped',
};
