import { execFile } from 'node:child_process';
import { access, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { packAll } from './packed.ts';

const execute = promisify(execFile);

/** Runs a program of a user's; when it fails, with what it said. */
async function run(file: string, args: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await execute(file, [...args], { cwd, env }).catch((error: Error & { stdout?: string }) => {
    throw new Error(`${error.message}\n${error.stdout ?? ''}`, { cause: error });
  });
  return stdout;
}

/** npm in a project of its own, not in this workspace. */
const env = { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined, INIT_CWD: undefined };
const QUIET = ['--no-audit', '--no-fund', '--loglevel=error'];

let root: string;
let tarballs: Readonly<Record<string, string>>;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'vmrs-create-e2e-')));
  tarballs = await packAll(join(root, 'tarballs'));
  return () => rm(root, { recursive: true, force: true });
});

/** Installs with the packed packages in place of the published ones, which the manifest as it was written asks npm for. */
async function installFromTarballs(folder: string): Promise<void> {
  const file = join(folder, 'package.json');
  const written = await readFile(file, 'utf8');
  const manifest: Record<'dependencies' | 'devDependencies', Record<string, string>> = JSON.parse(written);
  for (const dependencies of [manifest.dependencies, manifest.devDependencies]) {
    for (const name of Object.keys(dependencies)) {
      const tarball = tarballs[name];
      if (tarball !== undefined) dependencies[name] = `file:${tarball}`;
    }
  }
  await writeFile(file, JSON.stringify(manifest));
  await run('npm', ['install', ...QUIET], folder);
  await writeFile(file, written);
}

describe('npm create vmrs-driver', () => {
  it('gives a package that builds, has the right shape, and passes the conformance suite', {
    timeout: 400_000,
  }, async () => {
    const creator = tarballs['create-vmrs-driver'];
    const create = [
      'exec',
      '--yes',
      `--package=file:${creator}`,
      ...QUIET,
      '--',
      'create-vmrs-driver',
      'my-hypervisor',
    ];
    const said = await run('npm', create, root);
    expect(said).toContain('npm install');
    const folder = join(root, 'my-hypervisor');
    const manifest: { devDependencies: Record<string, string> } = JSON.parse(
      await readFile(join(folder, 'package.json'), 'utf8'),
    );
    expect(manifest).toMatchObject({ name: 'vmrs-driver-my-hypervisor' });
    for (const range of Object.values(manifest.devDependencies)) expect(range).toMatch(/^[~^]?\d+\.\d+\.\d+/);
    await installFromTarballs(folder);
    await run('npm', ['run', 'typecheck'], folder);
    await run('npm', ['run', 'build'], folder);
    await access(join(folder, 'dist', 'index.d.ts'));
    await run('npm', ['run', 'lint'], folder);
    const stdout = await run('npm', ['test'], folder);
    expect(stdout).toMatch(/^\S fail 0$/m);
    expect(Number(/^\S pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(60);
  });
});
