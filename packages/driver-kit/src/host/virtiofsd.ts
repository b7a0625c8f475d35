import { messageOf } from '../errors.ts';
import { findProgram, isExecutable } from './find-program.ts';
import { runTool } from './run-tool.ts';

/** A virtio-fs daemon of this host. */
export interface Virtiofsd {
  readonly path: string;
  /** What it says of itself, first line. */
  readonly version: string;
  /** `c`: the daemon that QEMU carried until 7.2, with `-o` options. `rust`: its successor. */
  readonly dialect: 'c' | 'rust';
  /** How it can be kept from writing: by its own switch, by running it in a mount namespace where the folder is read-only, or not at all. */
  readonly readOnly: ReadOnlyMeans | null;
}

/** See {@link Virtiofsd.readOnly}. */
export type ReadOnlyMeans = { readonly by: 'switch' } | { readonly by: 'namespace'; readonly unshare: string };

/** Where Debian, Fedora, Arch and QEMU's own build put the daemon; it is in nobody's `PATH`. */
const FOLDERS: readonly string[] = [
  '/usr/libexec',
  '/usr/lib',
  '/usr/lib/qemu',
  '/usr/local/libexec',
  '/usr/lib/virtiofsd',
];

/** The path of the virtio-fs daemon to use, or why there is none. */
export async function locateVirtiofsd(
  given: string | null,
  searchPath: string | undefined,
): Promise<{ readonly path: string } | string> {
  if (process.platform !== 'linux') return 'virtiofsd runs on Linux only';
  if (given !== null) return (await isExecutable(given)) ? { path: given } : `'${given}' is not an executable file`;
  const path = await findProgram(['virtiofsd'], searchPath, FOLDERS);
  return path === null ? 'virtiofsd is not installed' : { path };
}

/** Tells what a virtio-fs daemon is from its help, since the versions of the two dialects overlap. A string says why it cannot be used. */
export async function identifyVirtiofsd(file: string, searchPath: string | undefined): Promise<Virtiofsd | string> {
  try {
    const [help, version] = await Promise.all([runTool(file, ['--help']), runTool(file, ['--version'])]);
    const dialect = help.includes('-o source=') ? 'c' : help.includes('--shared-dir') ? 'rust' : null;
    if (dialect === null) return `'${file}' does not look like a virtiofsd`;
    if (dialect === 'c' && process.getuid?.() !== 0) return `'${file}' is of the kind that only root can run`;
    const readOnly = help.includes('--readonly') ? ({ by: 'switch' } as const) : await readOnlyByNamespace(searchPath);
    return { path: file, version: version.trim().split('\n')[0] ?? '', dialect, readOnly };
  } catch (error) {
    return `'${file}' cannot be asked what it is: ${messageOf(error)}`;
  }
}

/** A private mount namespace needs root and util-linux. */
async function readOnlyByNamespace(searchPath: string | undefined): Promise<ReadOnlyMeans | null> {
  if (process.getuid?.() !== 0) return null;
  const unshare = await findProgram(['unshare'], searchPath, ['/usr/bin', '/bin']);
  return unshare === null ? null : { by: 'namespace', unshare };
}
