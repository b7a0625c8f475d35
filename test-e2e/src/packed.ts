import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PACKAGES = join(import.meta.dirname, '..', '..', 'packages');

/** Packs every publishable package as `npm publish` would, into `folder`. Returns the tarballs by package name. */
export async function packAll(folder: string): Promise<Readonly<Record<string, string>>> {
  await mkdir(folder, { recursive: true });
  const tarballs: Record<string, string> = {};
  for (const name of await readdir(PACKAGES)) {
    const tarball = join(folder, `${name}.tgz`);
    const cwd = join(PACKAGES, name);
    const manifest: { readonly name: string } = JSON.parse(await readFile(join(cwd, 'package.json'), 'utf8'));
    await run('pnpm', ['pack', '--out', tarball], { cwd });
    tarballs[manifest.name] = tarball;
  }
  return tarballs;
}
