import { readdir, readFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { DebFile } from '../debian/deb-archive.ts';
import { GuestError } from '../errors/guest-error.ts';
import { decompress } from '../util/compression.ts';

const MODULE_FILE = /\.ko(?:\.(?:xz|gz|zst))?$/;

/** The modules of one kernel. Names are in the kernel's own form, with `_` for `-`. */
export interface ModuleTree {
  /** The kernel's release, as `uname -r` prints it. */
  readonly release: string;
  readonly names: ReadonlySet<string>;
  /** Modules that the kernel has built in. */
  readonly builtin: ReadonlySet<string>;
  /** The module's path below `lib/modules/<release>/`, without the suffix of a compression. */
  pathOf(name: string): string;
  /** The uncompressed module. Throws `NOT_FOUND`, `BAD_FORMAT`. */
  read(name: string): Promise<Buffer>;
}

/** The kernel's own form of a module name. */
export function moduleName(fileOrName: string): string {
  return basename(fileOrName).replace(MODULE_FILE, '').replaceAll('-', '_');
}

/** Whether a file of a kernel package belongs to its module tree. */
export function isModuleTreeFile(path: string): boolean {
  return /(?:^|\/)lib\/modules\/[^/]+\/(?:modules\.builtin$|.*\.ko(?:\.(?:xz|gz|zst))?$)/.test(path);
}

/** The module tree in the unpacked files of a kernel package; `undefined` when it holds none. */
export async function moduleTreeOfPackage(files: readonly DebFile[]): Promise<ModuleTree | undefined> {
  const inTree = files.flatMap((file) => {
    const match = /(?:^|\/)lib\/modules\/([^/]+)\/(.+)$/.exec(file.path);
    return match?.[1] === undefined || match[2] === undefined
      ? []
      : [{ release: match[1], path: match[2], body: file.body }];
  });
  const release = inTree[0]?.release;
  if (release === undefined) return undefined;
  const bodies = new Map(inTree.map(({ path, body }) => [path, body]));
  return createTree(release, [...bodies.keys()], async (path) => bodies.get(path) ?? Buffer.alloc(0));
}

/** The module tree in a directory such as `/lib/modules/6.1.0-56-cloud-amd64`. Throws `NOT_FOUND`. */
export async function moduleTreeOfDirectory(directory: string): Promise<ModuleTree> {
  let paths: string[];
  try {
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    paths = entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
      .sort();
  } catch (cause) {
    throw new GuestError('NOT_FOUND', `cannot read the module directory "${directory}"`, { cause });
  }
  return createTree(basename(directory), paths, (path) => readFile(join(directory, path)));
}

async function createTree(
  release: string,
  paths: readonly string[],
  readPath: (path: string) => Promise<Buffer>,
): Promise<ModuleTree> {
  const files = new Map(paths.filter((path) => MODULE_FILE.test(path)).map((path) => [moduleName(path), path]));
  const fileOf = (name: string): string => {
    const path = files.get(name);
    if (path === undefined) throw new GuestError('NOT_FOUND', `kernel ${release} has no module "${name}"`);
    return path;
  };
  const builtinList = paths.includes('modules.builtin') ? (await readPath('modules.builtin')).toString('utf8') : '';
  return {
    release,
    names: new Set(files.keys()),
    builtin: new Set(builtinList.split('\n').filter(Boolean).map(moduleName)),
    pathOf: (name) => fileOf(name).replace(/\.(?:xz|gz|zst)$/, ''),
    read: async (name) => decompress(await readPath(fileOf(name)), `${name} of kernel ${release}`),
  };
}
