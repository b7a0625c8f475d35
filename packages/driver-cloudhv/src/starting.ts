import type { Starting } from '@vmrs/driver-kit';
import { DRIVER } from './errors.ts';

/** Who is started, and what to do about a VMM that its own filters of system calls have ended. */
export const STARTING: Starting = {
  driver: DRIVER,
  vmm: 'Cloud Hypervisor',
  advice: (what) =>
    what.includes('SIGSYS')
      ? 'SIGSYS means that its seccomp filters forbid a system call it has made: boot once with driverOptions { seccomp: "log" } to see which, in the kernel log'
      : null,
};
