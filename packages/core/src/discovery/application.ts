import { readFile, realpath, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VmError } from '../errors/index.ts';
import { errnoOf } from '../util/errno.ts';

/** The application on whose behalf drivers are looked for. */
export interface Application {
  /** Its package.json. */
  readonly manifestFile: string;
  /** The packages it lists itself, of whatever kind. */
  readonly dependencies: readonly string[];
}

/** A package.json of a dependency. */
export interface InstalledPackage {
  readonly name: string;
  readonly manifestFile: string;
  readonly packageJson: unknown;
}

/** The nearest package.json at or above `from`, or null when there is none. Throws `IO` for one that is not JSON. */
export async function findApplication(from: string | URL): Promise<Application | null> {
  const start = typeof from === 'string' && !from.startsWith('file:') ? from : fileURLToPath(from);
  let folder = (await isFolder(start)) ? start : dirname(start);
  for (;;) {
    const manifestFile = join(folder, 'package.json');
    const packageJson = await readJson(manifestFile);
    if (packageJson !== undefined) return { manifestFile, dependencies: listed(packageJson) };
    const parent = dirname(folder);
    if (parent === folder) return null;
    folder = parent;
  }
}

/**
 * The package.json of a dependency as the application itself would resolve it: right under npm, pnpm in all its layouts, Yarn
 * Plug'n'Play and workspaces, because Node's own resolver answers. Null when it is not installed or keeps its package.json to itself.
 * Throws `IO` for one that is not JSON.
 */
export async function findDependency(application: Application, name: string): Promise<InstalledPackage | null> {
  let manifestFile: string;
  try {
    manifestFile = createRequire(application.manifestFile).resolve(`${name}/package.json`);
  } catch (error) {
    // Optional dependencies of other platforms are not installed; packages that do not export their package.json are no drivers.
    if (errnoOf(error) === 'ERR_INVALID_PACKAGE_CONFIG') throw brokenManifest(`${name}/package.json`, error);
    if (['MODULE_NOT_FOUND', 'ERR_PACKAGE_PATH_NOT_EXPORTED'].includes(errnoOf(error) ?? '')) return null;
    throw error;
  }
  return { name, manifestFile, packageJson: await readJson(manifestFile) };
}

/** The folder of the main program, from which an application's package.json is looked for when nothing is said. */
export async function mainProgram(): Promise<string> {
  const [, program] = process.argv;
  // A program started through a link, as package managers install them, belongs to where the link leads.
  return program === undefined ? process.cwd() : await realpath(program).catch(() => process.cwd());
}

const KINDS = ['dependencies', 'optionalDependencies', 'devDependencies', 'peerDependencies'] as const;

function listed(packageJson: unknown): readonly string[] {
  const names = KINDS.flatMap((kind) =>
    Object.keys((packageJson as Partial<Record<typeof kind, object>> | null)?.[kind] ?? {}),
  );
  return [...new Set(names)];
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw brokenManifest(file, error);
  }
}

function brokenManifest(file: string, cause: unknown): VmError<'IO'> {
  const detail = `'${file}' cannot be read as JSON: ${cause instanceof Error ? cause.message : String(cause)}`;
  return new VmError('IO', { detail, details: { path: file }, cause });
}
