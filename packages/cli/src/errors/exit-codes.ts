import type { ErrorCode, VmState } from '@vmrs/core';

/** One line of the table of exit codes. */
export interface ExitCode {
  readonly code: number;
  /** What scripts may call it: an error code of core where there is one. */
  readonly name: string;
  readonly meaning: string;
}

const BY_ERROR: { readonly [C in ErrorCode]: readonly [code: number, meaning: string] } = {
  INVALID_CONFIG: [3, 'the configuration is wrong; every problem is listed'],
  UNSUPPORTED: [4, 'the driver cannot do it'],
  NOT_FOUND: [5, 'there is no VM of that name'],
  ALREADY_EXISTS: [6, 'the name is taken'],
  INVALID_STATE: [7, "it makes no sense in the VM's present state"],
  PREFLIGHT_FAILED: [8, 'this host lacks something the VM needs'],
  BOOT_FAILED: [9, 'the VM could not be started'],
  NOT_READY: [10, 'the VM ended before it was ready'],
  STOP_FAILED: [11, 'the VM could not be stopped'],
  STATE_FAILED: [12, "the VM's state could not be found out"],
  SNAPSHOT_FAILED: [13, 'taking or restoring a snapshot failed'],
  TIMEOUT: [14, 'a deadline passed'],
  ABORTED: [15, 'it was given up'],
  STALE_PROCESS: [16, 'the process of the VM is another one now'],
  NO_DRIVER: [17, 'no driver can serve here (run `vmrs doctor`)'],
  DRIVER_LOAD: [18, 'a driver could not be loaded'],
  CONTRACT_MISMATCH: [19, 'a driver and core are of different contracts'],
  HYPERVISOR: [20, 'the hypervisor refused or failed'],
  IO: [21, 'the operating system refused'],
  STORE_CORRUPT: [22, 'the record of a VM is damaged'],
};

/** What has no error code of core. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  guest: 23,
  forced: 31,
  panicked: 32,
  crashed: 33,
  failed: 34,
  interrupted: 130,
  terminated: 143,
} as const;

/** Every exit code of `vmrs`, by number. */
export const EXIT_CODES: readonly ExitCode[] = [
  { code: EXIT.ok, name: 'OK', meaning: 'done; for `run` and `wait`: the VM has stopped as it should' },
  { code: EXIT.unexpected, name: 'UNEXPECTED', meaning: 'an error without a code: most likely a fault of vmrs' },
  { code: EXIT.usage, name: 'USAGE', meaning: 'the command line makes no sense; nothing was done' },
  ...Object.entries(BY_ERROR).map(([name, [code, meaning]]) => ({ code, name, meaning })),
  { code: EXIT.guest, name: 'GUEST', meaning: 'kernel and initramfs of the small guest could not be had' },
  { code: EXIT.forced, name: 'VM_KILLED', meaning: '`run`, `wait`: the VM was ended by force' },
  { code: EXIT.panicked, name: 'VM_PANICKED', meaning: '`run`, `wait`: the guest kernel panicked' },
  { code: EXIT.crashed, name: 'VM_CRASHED', meaning: '`run`, `wait`: the VMM ended without having been asked to' },
  {
    code: EXIT.failed,
    name: 'VM_FAILED',
    meaning: '`run`, `wait`: the VM failed in another way, or nobody knows how it ended',
  },
  { code: EXIT.interrupted, name: 'INTERRUPTED', meaning: 'Ctrl-C (SIGINT) before there was anything to stop' },
  { code: EXIT.terminated, name: 'TERMINATED', meaning: 'SIGTERM or SIGHUP before there was anything to stop' },
];

/** The exit code of an error of core. */
export function exitCodeOf(code: ErrorCode): number {
  return BY_ERROR[code][0];
}

/** The exit code that tells how a VM ended. */
export function exitCodeOfEnd(state: Extract<VmState, { status: 'stopped' | 'failed' }>): number {
  const how = state.exit?.how ?? 'unknown';
  if (state.status === 'stopped') return how === 'sigkill' ? EXIT.forced : EXIT.ok;
  if (how === 'panicked') return EXIT.panicked;
  return how === 'crashed' ? EXIT.crashed : EXIT.failed;
}
