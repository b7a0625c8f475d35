import { join } from 'node:path';
import type { View } from '../config/view.ts';

/** Folder in the runtime folder over which the VMM's own file system is mounted; nothing of that is seen outside of its mount namespace. */
export const VIEW_FOLDER = 'view';

/**
 * Fills a file system in memory with the VM's files and its runtime folder under fixed names, puts it where every VMM has it, and becomes the program. Runs in a
 * mount namespace of its own. Fixed text: folders, files and the program are its parameters, so no name can be taken for a command.
 *
 * Files are bound rather than linked, before the mount point is covered: so a file may also lie below the mount point.
 */
const ENTER = `set -eu
mount --make-rprivate /
view=$1 mount_point=$2 runtime=$3
shift 3
mount -t tmpfs -o mode=0700,size=1m vmrs "$view"
mkdir "$view/run"
mount --bind -- "$runtime" "$view/run"
while [ "$1" != -- ]; do
  : > "$view/$1"
  mount --bind -- "$2" "$view/$1"
  shift 2
done
shift
mount --rbind -- "$view" "$mount_point"
exec "$@"`;

/** The command line that starts `program` in a mount namespace of its own with the names of `view`; its process becomes the program's. */
export function withPrivateMounts(
  unshare: string,
  runtimeDir: string,
  { links, mountPoint }: View,
  program: readonly string[],
): readonly string[] {
  if (mountPoint === null) throw new TypeError('the view has the names of the host');
  return [
    ...[unshare, '--mount', '--propagation', 'private', '--'],
    ...['/bin/sh', '-c', ENTER, 'vmrs-enter', join(runtimeDir, VIEW_FOLDER), mountPoint, runtimeDir],
    ...links.flatMap(({ name, source }) => [name, source]),
    '--',
    ...program,
  ];
}
