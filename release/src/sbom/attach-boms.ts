import { run } from '../run.ts';
import type { WrittenBom } from './write-boms.ts';

/** A package that was published, as changesets' action tells it. */
export interface PublishedPackage {
  readonly name: string;
  readonly version: string;
}

/**
 * Attaches to the GitHub release of each published package its bill of materials, by GitHub's `gh`.
 *
 * @throws Error when there is none for a package and version, and when `gh` fails
 */
export async function attachBoms(
  published: readonly PublishedPackage[],
  boms: readonly WrittenBom[],
  { cwd, env }: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<void> {
  for (const { name, version } of published) {
    const tag = `${name}@${version}`;
    const bom = boms.find((each) => each.name === name && each.version === version);
    if (bom === undefined) throw new Error(`${tag} was published, but there is no bill of materials of it`);
    await run('gh', ['release', 'upload', tag, bom.file], { cwd, ...(env === undefined ? {} : { env }) });
  }
}
