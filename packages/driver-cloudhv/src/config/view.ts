import { join } from 'node:path';

/** A file of the host and the name under which a VMM with private mounts has it. */
export interface LinkedFile {
  readonly name: string;
  readonly source: string;
}

/** Under which names a VMM has the files of its VM. */
export interface View {
  /** Name of a file that the VM is made from; the same for every VM that has such a one. */
  file(name: string, source: string): string;
  /** Name of a socket that lies in the VM's runtime folder. */
  socket(name: string): string;
  /** The files that must be there under other names than their own; empty where names are those of the host. */
  readonly links: readonly LinkedFile[];
  /** Where the names lie when they are not those of the host. */
  readonly mountPoint: string | null;
}

/** Folder of the sockets below the mount point. */
const SOCKET_FOLDER = 'run';

/** Everything under the name that it has on the host. */
export function hostView(runtimeDir: string): View {
  return {
    file: (_, source) => source,
    socket: (name) => join(runtimeDir, name),
    links: [],
    mountPoint: null,
  };
}

/** Everything under fixed names below `mountPoint`, so that a snapshot of one VM names the right files of another. */
export function privateView(mountPoint: string): View {
  const links: LinkedFile[] = [];
  return {
    file(name, source) {
      links.push({ name, source });
      return join(mountPoint, name);
    },
    socket: (name) => join(mountPoint, SOCKET_FOLDER, name),
    links,
    mountPoint,
  };
}
