import { realpath } from 'node:fs/promises';
import { VmError } from '../../errors/index.ts';
import { ignoreErrno } from '../../util/errno.ts';
import { mountPoints } from '../mount-table.ts';

/** Unmounts a mount of the VM. One that is gone is success; one that is in use is not forced. Throws `IO`. */
export async function releaseMount(path: string): Promise<void> {
  if (!(await isMounted(path))) return;
  const { execa } = await import('execa');
  const result = await execa('umount', [path], { reject: false, stdin: 'ignore', env: { LC_ALL: 'C' } });
  if (!result.failed || !(await isMounted(path))) return;
  const said = result.stderr.trim() === '' ? result.shortMessage : result.stderr.trim();
  throw new VmError('IO', { detail: `'${path}' cannot be unmounted: ${said}`, details: { path }, cause: result });
}

/** Whether something is mounted on the path. */
export async function isMounted(path: string): Promise<boolean> {
  // A path whose file system does not answer any more (ENOTCONN of a dead FUSE server) is still listed under its own name.
  const real = await ignoreErrno(realpath(path), 'ENOENT', 'ENOTDIR', 'ENOTCONN', 'EIO', 'ESTALE');
  return (await mountPoints()).includes(real ?? path);
}
