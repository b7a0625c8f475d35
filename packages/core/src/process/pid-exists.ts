import { errnoOf } from '../util/errno.ts';

/** Whether a process with this pid is there, a zombie included; whose it is does not show. Signal 0 checks and sends nothing. */
export function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    if (errnoOf(error) === 'EPERM') return true;
    throw error;
  }
}
