import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from './run.ts';

/** The parts of a `package.json` that a release has to do with. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly bin?: string | Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** A package of the workspace that is published. */
export interface PublicPackage {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * The packages of the workspace at `root` that are published, by name: whatever the workspace's patterns match and is not private.
 * pnpm is asked, so nothing here names a package.
 *
 * @throws Error when pnpm fails, and when there is none
 */
export async function publicPackages(root: string): Promise<readonly PublicPackage[]> {
  const { stdout } = await run('pnpm', ['list', '--recursive', '--depth=-1', '--json'], { cwd: root });
  const listed: readonly { readonly path: string }[] = JSON.parse(stdout);
  const all = await Promise.all(listed.map(async ({ path }) => ({ folder: path, manifest: await readManifest(path) })));
  const found = all.filter(({ manifest }) => manifest.private !== true);
  if (found.length === 0) throw new Error(`the workspace at ${root} has no public package`);
  return found.toSorted((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1));
}

async function readManifest(folder: string): Promise<Manifest> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
}
