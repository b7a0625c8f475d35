/**
 * `pnpm release:sbom <folder>`: writes a bill of materials for each public package into the folder. With PUBLISHED in the environment (the
 * `publishedPackages` of changesets' action) attaches them to the GitHub releases of the packages that it names.
 */
import { resolve } from 'node:path';
import { ROOT } from '../root.ts';
import { attachBoms } from './attach-boms.ts';
import { writeBoms } from './write-boms.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: pnpm release:sbom <folder>');
  process.exitCode = 2;
} else {
  const boms = await writeBoms(ROOT, resolve(folder));
  for (const { name, version, file, components } of boms) {
    console.log(`${name}@${version}: ${components} components, ${file}`);
  }
  const published = process.env['PUBLISHED'];
  if (published !== undefined) await attachBoms(JSON.parse(published), boms, { cwd: ROOT });
}
