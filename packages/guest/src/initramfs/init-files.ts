import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../util/package-root.ts';

/** A file of the guest's init and its place in the image. */
export interface InitFile {
  readonly path: string;
  readonly body: Buffer;
  readonly mode: number;
}

const SCRIPT = 0o755;
const TEXT = 0o644;
const HOOKS = 'test-hooks';

/** Source below the package's `init/` folder, place in the image, mode. */
const FILES: readonly (readonly [source: string, path: string, mode: number])[] = [
  ['init', 'init', SCRIPT],
  ['inittab', 'etc/inittab', TEXT],
  ['fstab', 'etc/fstab', TEXT],
  ['passwd', 'etc/passwd', TEXT],
  ['group', 'etc/group', TEXT],
  ['hosts', 'etc/hosts', TEXT],
  ['shutdown', 'etc/vmrs/shutdown', SCRIPT],
  ['dhcp-event', 'etc/vmrs/dhcp-event', SCRIPT],
  ...['console', 'cmdline', 'devices', 'power', 'dns', 'network', 'mounts', 'workload'].map(
    (name) => [`lib/${name}.sh`, `etc/vmrs/lib/${name}.sh`, TEXT] as const,
  ),
  ...['poweroff', 'reboot', 'halt'].map((name) => [`sbin/${name}`, `sbin/${name}`, SCRIPT] as const),
];

/** The files of the guest's init; those for tests only when asked for. */
export async function readInitFiles(options: { testHooks: boolean }): Promise<InitFile[]> {
  const root = join(await packageRoot(), 'init');
  const wanted = options.testHooks ? [...FILES, [HOOKS, `etc/vmrs/${HOOKS}`, TEXT] as const] : FILES;
  return await Promise.all(
    wanted.map(async ([source, path, mode]) => ({ path, mode, body: await readFile(join(root, source)) })),
  );
}

/** A digest of the init, for caches: it changes whenever an image would. */
export function digestOfInit(files: readonly InitFile[]): string {
  const hash = createHash('sha256');
  for (const { path, mode, body } of files) hash.update(`${path}\0${mode}\0${body.length}\0`).update(body);
  return hash.digest('hex');
}
