import { readFile } from 'node:fs/promises';
import { packageRoot } from './package-root.ts';

/** The version ranges of what the template depends on, by package name. */
export type TemplateVersions = Readonly<Record<string, string>>;

/**
 * The ranges that this package itself was built and its template was tested with: those of its own development dependencies, which publishing
 * fills in. Throws when it was not published or packed: `workspace:^` means nothing elsewhere.
 */
export async function readTemplateVersions(): Promise<TemplateVersions> {
  const manifest: unknown = JSON.parse(await readFile(new URL('package.json', packageRoot()), 'utf8'));
  const versions = templateVersions(manifest);
  const unpublished = Object.entries(versions).filter(([, range]) => /^(workspace|catalog):/.test(range));
  if (unpublished.length > 0) {
    const names = unpublished.map(([name]) => name).join(', ');
    throw new Error(`this create-vmrs-driver was not packed: it does not know the versions of ${names}`);
  }
  return versions;
}

/** The development dependencies in a package.json. */
export function templateVersions(manifest: unknown): TemplateVersions {
  const { devDependencies = {} } = manifest as { readonly devDependencies?: TemplateVersions };
  return devDependencies;
}
