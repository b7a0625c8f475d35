import type { Starting } from '@vmrs/driver-kit';
import { DRIVER } from './errors.ts';

/** Who is started, and what to do about a host that macOS ends at once. */
export const STARTING: Starting = {
  driver: DRIVER,
  vmm: 'the host process',
  advice: (what) =>
    what.includes('SIGKILL')
      ? 'where nobody has sent that, macOS refuses its signature: run `npx vmrs-applevz prepare`, which makes a new copy'
      : null,
};
