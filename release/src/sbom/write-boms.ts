import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { publicPackages } from '../public-packages.ts';
import { run } from '../run.ts';

/** A bill of materials that was written. */
export interface WrittenBom {
  readonly name: string;
  readonly version: string;
  readonly file: string;
  /** Packages that users get with it. */
  readonly components: number;
}

/**
 * Writes a CycloneDX bill of materials for each public package of the workspace at `root` into `folder`: what its users get, by the
 * lockfile. Files are named for the package: `vmrs-core.cdx.json`.
 *
 * @throws Error when pnpm fails, and when what it wrote is not about that package and version
 */
export async function writeBoms(root: string, folder: string): Promise<readonly WrittenBom[]> {
  await mkdir(folder, { recursive: true });
  const written: WrittenBom[] = [];
  for (const { manifest } of await publicPackages(root)) {
    const { name, version } = manifest;
    const file = join(folder, `${name.replace(/^@/, '').replace('/', '-')}.cdx.json`);
    await run('pnpm', ['--filter', name, 'sbom', '--sbom-format', 'cyclonedx', '--prod', '--out', file], { cwd: root });
    const bom: Bom = JSON.parse(await readFile(file, 'utf8'));
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
    if (bom.bomFormat !== 'CycloneDX' || bom.metadata.component.purl !== purl) {
      throw new Error(`${file} is not the bill of materials of ${purl}`);
    }
    written.push({ name, version, file, components: bom.components?.length ?? 0 });
  }
  return written;
}

/** The parts that are looked at. */
interface Bom {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly purl: string } };
  readonly components?: readonly object[];
}
