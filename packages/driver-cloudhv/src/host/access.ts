import { constants } from 'node:fs';
import { access, readFile, stat } from 'node:fs/promises';
import { errnoOf } from '@vmrs/core/driver';

/** Whether this process may read and write a device file: null when it may, else why not. */
export async function whyNotUsable(device: string): Promise<'absent' | 'forbidden' | null> {
  try {
    await stat(device);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'absent';
    throw error;
  }
  try {
    await access(device, constants.R_OK | constants.W_OK);
    return null;
  } catch {
    // Whatever keeps us from opening it keeps Cloud Hypervisor from it too.
    return 'forbidden';
  }
}

/**
 * Whether Cloud Hypervisor may page a guest's memory in on demand (userfaultfd): through the device, as root, or where the system lets everybody. See
 * userfaultfd(2) and `Documentation/admin-guide/mm/userfaultfd.rst` of Linux.
 */
export async function mayPageOnDemand(): Promise<boolean> {
  if (process.getuid?.() === 0) return true;
  if ((await whyNotUsable('/dev/userfaultfd')) === null) return true;
  try {
    return (await readFile('/proc/sys/vm/unprivileged_userfaultfd', 'utf8')).trim() === '1';
  } catch (error) {
    // A kernel without the switch is one without the call.
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
