/**
 * Writes the API reference, a page per package entry, into `docs/reference/api`, which is not checked in. From the doc comments of what the
 * packages export; fails when a comment links to something that does not exist.
 *
 *   node docs/generate/api.ts
 */
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application, Converter, ReflectionKind, type TypeDocOptions } from 'typedoc';
import type { PluginOptions } from 'typedoc-plugin-markdown';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What users import, by the source file behind it, which is relative to the root: `@vmrs/core/driver` by `packages/core/src/driver.ts`. */
async function publicEntries(): Promise<ReadonlyMap<string, string>> {
  const manifests = globSync('{packages,native}/*/package.json', { cwd: ROOT });
  const found = manifests.toSorted().map(async (file) => {
    const manifest: Manifest = JSON.parse(await readFile(join(ROOT, file), 'utf8'));
    if (manifest.private === true) return [];
    return Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) =>
      typeof target === 'string'
        ? []
        : [[join(dirname(file), target['@vmrs/source']), join(manifest.name, subpath)] as const],
    );
  });
  return new Map((await Promise.all(found)).flat());
}

/** Gives each page the name that users import, in place of the source file's. */
function nameModules(app: Application, entries: ReadonlyMap<string, string>): void {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
      const entry = [...entries].find(([file]) => file.replace(/(\/index)?\.ts$/, '').endsWith(module.name));
      if (entry !== undefined) module.name = entry[1];
    }
  });
}

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly exports?: Readonly<Record<string, string | { readonly '@vmrs/source': string }>>;
}

const entries = await publicEntries();
const options: TypeDocOptions & Partial<PluginOptions> = {
  entryPoints: Array.from(entries.keys(), (file) => join(ROOT, file)),
  basePath: ROOT,
  tsconfig: join(ROOT, 'docs/tsconfig.api.json'),
  plugin: ['typedoc-plugin-markdown'],
  outputs: [{ name: 'markdown', path: join(ROOT, 'docs/reference/api') }],
  readme: 'none',
  name: 'API',
  githubPages: false,
  // Headings get other anchors on the site than links say.
  useHTMLAnchors: true,
  hideBreadcrumbs: true,
  hidePageHeader: true,
  entryFileName: 'index',
  router: 'module',
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  disableSources: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  validation: { invalidLink: true, notExported: false },
  treatValidationWarningsAsErrors: true,
  skipErrorChecking: true,
  logLevel: 'Warn',
};
const app = await Application.bootstrapWithPlugins(options);
nameModules(app, entries);
const project = await app.convert();
if (project === undefined || app.logger.hasErrors()) throw new Error('the API reference cannot be made');
app.validate(project);
await app.generateOutputs(project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;
