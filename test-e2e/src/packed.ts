import { execFile } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');

/** Packs every publishable package as `npm publish` would, into `folder`. Returns the tarballs by package name. */
export async function packAll(folder: string): Promise<Readonly<Record<string, string>>> {
  await mkdir(folder, { recursive: true });
  const tarballs: Record<string, string> = {};
  for (const path of globSync('{packages,native}/*/package.json', { cwd: ROOT })) {
    const manifest: { readonly name: string; readonly private?: boolean } = JSON.parse(
      await readFile(join(ROOT, path), 'utf8'),
    );
    if (manifest.private === true) continue;
    const tarball = join(folder, `${manifest.name.replaceAll(/[@/]/g, '-')}.tgz`);
    await run('pnpm', ['pack', '--out', tarball], { cwd: join(ROOT, dirname(path)) });
    tarballs[manifest.name] = tarball;
  }
  return tarballs;
}
