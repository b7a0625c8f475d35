import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pascalCase } from './names.ts';
import type { NewPackage } from './new-package.ts';
import { packageRoot } from './package-root.ts';
import { problemsOf } from './problems.ts';
import { refuseFull } from './refuse-full.ts';
import type { TemplateVersions } from './template-versions.ts';

/**
 * Writes the template under new names. Returns the files that it has written, relative to the folder. Throws `TypeError` for names that cannot be,
 * an `Error` when the folder holds anything, the system's error when it cannot be written.
 */
export async function writePackage(wanted: NewPackage, versions: TemplateVersions): Promise<readonly string[]> {
  const problems = problemsOf(wanted);
  if (problems.length > 0) throw new TypeError(problems.join('; '));
  await refuseFull(wanted.folder);
  const template = fileURLToPath(new URL('template/', packageRoot()));
  const entries = await readdir(template, { recursive: true, withFileTypes: true });
  const written: string[] = [];
  for (const entry of entries.filter((item) => item.isFile())) {
    const source = join(entry.parentPath, entry.name);
    const relative = source.slice(template.length);
    if (isLocal(relative)) continue;
    const text = await readFile(source, 'utf8');
    const name = targetName(relative, wanted);
    const target = join(wanted.folder, name);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, relative === 'manifest.json' ? packageJson(text, wanted, versions) : renamed(text, wanted));
    written.push(name);
  }
  return written.toSorted();
}

/** What an installation or a build may have left beside the template. */
function isLocal(path: string): boolean {
  return ['node_modules', 'dist'].includes(path.split(sep)[0] ?? '');
}

/** Under their own names npm would not pack the one, and publishing checks would take the other for a package of its own. */
const PUBLISHED_AS: Readonly<Record<string, string>> = { '.gitignore': 'gitignore', 'package.json': 'manifest.json' };

function targetName(path: string, wanted: NewPackage): string {
  const [name] = Object.entries(PUBLISHED_AS).find(([, published]) => published === path) ?? [];
  return name ?? renamed(path, wanted);
}

/** The template's own names are words that occur nowhere else. */
function renamed(text: string, { id, packageName }: NewPackage): string {
  return text
    .replaceAll('vmrs-driver-acmevisor', packageName)
    .replaceAll('Acmevisor', pascalCase(id))
    .replaceAll('acmevisor', id);
}

interface TemplateManifest {
  readonly vmrs: { readonly driver: object };
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

function packageJson(text: string, wanted: NewPackage, versions: TemplateVersions): string {
  const { vmrs, dependencies, peerDependencies, devDependencies, ...rest }: TemplateManifest = JSON.parse(
    renamed(text, wanted),
  );
  const ranges = (names: Readonly<Record<string, string>>): TemplateVersions =>
    Object.fromEntries(Object.keys(names).map((name) => [name, rangeOf(name, versions)]));
  const manifest = {
    ...rest,
    vmrs: { ...vmrs, driver: { ...vmrs.driver, platforms: wanted.platforms } },
    dependencies: ranges(dependencies),
    peerDependencies: ranges(peerDependencies),
    devDependencies: ranges(devDependencies),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

function rangeOf(name: string, versions: TemplateVersions): string {
  const range = versions[name];
  if (range === undefined) throw new Error(`the template depends on ${name}, whose version is not known`);
  return range;
}
