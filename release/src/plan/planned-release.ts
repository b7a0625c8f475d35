import { readdir, readFile } from 'node:fs/promises';
import { join, matchesGlob } from 'node:path';
import { parseChangesetFile } from '@changesets/parse';
import { publicPackages } from '../public-packages.ts';
import { run } from '../run.ts';

/** How a changeset wants a package's version to rise. */
export type Bump = 'none' | 'patch' | 'minor' | 'major';

/** What a release does to one package. */
export interface PlannedPackage {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  /** Names of packages of this workspace that are its peers. */
  readonly peers: readonly string[];
}

/** What a release does, and what was asked for. */
export interface PlannedRelease {
  readonly packages: readonly PlannedPackage[];
  /** By file name, what each changeset asks for. */
  readonly changesets: Readonly<Record<string, Readonly<Record<string, Bump>>>>;
  /** Groups of packages that share one version, by name. */
  readonly fixed: readonly (readonly string[])[];
}

/** What `planRelease` needs of a repository. */
export function isPlanFile(path: string): boolean {
  return /(^|\/)package\.json$|^pnpm-workspace\.yaml$|^pnpm-lock\.yaml$|^\.changeset\//.test(path);
}

/**
 * Runs the real `changeset version` in a throw-away copy of a repository and tells what it did. The copy is changed.
 *
 * @throws Error when changesets refuses, with what it said
 */
export async function planRelease(copy: string): Promise<PlannedRelease> {
  const changesets = await readChangesets(copy);
  const before = await publicPackages(copy);
  const config: { readonly fixed: string[][] } = JSON.parse(
    await readFile(join(copy, '.changeset/config.json'), 'utf8'),
  );
  // Without a changeset there is nothing to do, which changesets takes for a mistake.
  if (Object.keys(changesets).length > 0) await run('changeset', ['version'], { cwd: copy });
  const after = new Map((await publicPackages(copy)).map(({ manifest }) => [manifest.name, manifest.version]));
  const names = new Set(after.keys());
  return {
    changesets,
    fixed: config.fixed.map((patterns) =>
      [...names].filter((name) => patterns.some((pattern) => matchesGlob(name, pattern))),
    ),
    packages: before.map(({ manifest }) => ({
      name: manifest.name,
      before: manifest.version,
      after: after.get(manifest.name) ?? manifest.version,
      peers: Object.keys(manifest.peerDependencies ?? {}).filter((name) => names.has(name)),
    })),
  };
}

async function readChangesets(copy: string): Promise<PlannedRelease['changesets']> {
  const folder = join(copy, '.changeset');
  const files = (await readdir(folder)).filter((name) => name.endsWith('.md') && name !== 'README.md');
  const entries = files.map(async (file) => {
    const { releases } = parseChangesetFile(await readFile(join(folder, file), 'utf8'));
    return [file, Object.fromEntries(releases.map(({ name, type }) => [name, type]))] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}
