import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const FIXTURES = join(import.meta.dirname, 'fixtures');

/** What the consumers of these tests depend on. */
const USED: readonly string[] = [
  '@vmrs/cli',
  '@vmrs/core',
  '@vmrs/driver-applevz',
  '@vmrs/driver-cloudhv',
  '@vmrs/driver-qemu',
  '@vmrs/guest',
];
/** What comes with those, and from a registry for users. */
const INCLUDED: readonly string[] = ['@vmrs/applevz-addon', '@vmrs/driver-kit'];

/** A package manager and how it installs. */
export interface Installer {
  readonly manager: 'npm' | 'pnpm';
  readonly args: readonly string[];
}

/** npm, quiet. */
export const NPM: Installer = {
  manager: 'npm',
  args: ['install', '--no-audit', '--no-fund', '--loglevel=error'],
};

/** pnpm; the project is a workspace of its own. */
export const PNPM: Installer = { manager: 'pnpm', args: ['install', '--no-frozen-lockfile'] };

/** Makes an empty project in `folder` that depends on the packed packages, with one of the fixtures as its `main.mjs`. `used`: those that it names; default all. */
export async function installInto(
  folder: string,
  tarballs: Readonly<Record<string, string>>,
  { manager, args }: Installer,
  fixture: string,
  used: readonly string[] = USED,
): Promise<void> {
  await mkdir(folder);
  const files = (names: readonly string[]): Readonly<Record<string, string>> =>
    Object.fromEntries(names.map((name) => [name, `file:${tarballs[name]}`]));
  const [dependencies, overrides] = [files(used), files(INCLUDED)];
  const manifest = { name: 'consumer', private: true, type: 'module', dependencies, overrides };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  // pnpm's own place for overrides, and its end of the workspace. JSON is YAML. What packages depend on among each other comes from the tarballs, too.
  const workspace = { packages: [], pmOnFail: 'ignore', overrides: { ...dependencies, ...overrides } };
  await writeFile(join(folder, 'pnpm-workspace.yaml'), JSON.stringify(workspace));
  await copyFile(join(FIXTURES, fixture), join(folder, 'main.mjs'));
  await run(manager, [...args], { cwd: folder });
}
