import { errnoOf } from '../util/errno.ts';

/** Whether a process with this pid is there, a zombie included; whose it is does not show. Sends nothing. */
export function pidExists(pid: number): boolean {
  return answersSignalZero(pid);
}

/**
 * Whether a process group still has members, also when its leader is gone; zombies count. A group of that number may belong to
 * strangers by now: look at each member before acting. Sends nothing.
 */
export function groupExists(leader: number): boolean {
  return answersSignalZero(-leader);
}

/** Whether anything is left in the group of a keeper, or in one of its own that the kept process made by `setsid`, as User-Mode Linux does. */
export function groupsExist(keeper: { readonly pid: number }, kept: { readonly pid: number } | null): boolean {
  return groupExists(keeper.pid) || (kept !== null && groupExists(kept.pid));
}

/** Signal 0 makes the kernel check and send nothing. */
function answersSignalZero(target: number): boolean {
  try {
    process.kill(target, 0);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ESRCH') return false;
    if (errnoOf(error) === 'EPERM') return true;
    throw error;
  }
}
