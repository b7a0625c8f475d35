import { execFile, execFileSync } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { Lab } from './lab.ts';
import { packAll } from './packed.ts';

const run = promisify(execFile);
const FIXTURES = join(import.meta.dirname, 'fixtures');
const USED = ['@vmrs/core', '@vmrs/driver-cloudhv', '@vmrs/driver-qemu', '@vmrs/guest'] as const;
/** What comes with those, and from a registry for users. */
const INCLUDED = ['@vmrs/driver-kit'] as const;

let lab: Lab;
let tarballs: Readonly<Record<string, string>>;

beforeAll(async () => {
  lab = await Lab.create();
  tarballs = await packAll(join(lab.root, 'tarballs'));
  return () => lab[Symbol.asyncDispose]();
});

/** The Node.js on which the consumers run: the one that `npm test` was called with where the packages support it, else this one. */
function consumerNode(): string {
  const caller = process.env['VMRS_CONSUMER_NODE'];
  if (caller === undefined) return process.execPath;
  const [major = 0, minor = 0] = execFileSync(caller, ['--version'], { encoding: 'utf8' })
    .slice(1)
    .split('.')
    .map(Number);
  return major > 22 || (major === 22 && minor >= 18) ? caller : process.execPath;
}

/** An empty project that depends on the packed packages, installed by one package manager. */
async function install(manager: string, args: readonly string[]): Promise<string> {
  const folder = join(lab.root, manager);
  await mkdir(folder);
  const files = (names: readonly string[]): Readonly<Record<string, string>> =>
    Object.fromEntries(names.map((name) => [name, `file:${tarballs[name]}`]));
  const [dependencies, overrides] = [files(USED), files(INCLUDED)];
  const manifest = { name: 'consumer', private: true, type: 'module', dependencies, overrides };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  // pnpm's own place for overrides, and its end of the workspace. JSON is YAML.
  const workspace = { packages: [], pmOnFail: 'ignore', overrides };
  await writeFile(join(folder, 'pnpm-workspace.yaml'), JSON.stringify(workspace));
  await copyFile(join(FIXTURES, 'consumer.mjs'), join(folder, 'main.mjs'));
  await run(manager, [...args], { cwd: folder });
  return folder;
}

describe.each([
  { manager: 'npm', args: ['install', '--no-audit', '--no-fund', '--loglevel=error'] },
  { manager: 'pnpm', args: ['install', '--ignore-workspace', '--no-frozen-lockfile'] },
])('packed packages installed by $manager', ({ manager, args }) => {
  it('find their driver, boot a real guest and stop it', async () => {
    const folder = await install(manager, args);
    const env = { ...process.env, STATE: lab.stateDir, RUNTIME: lab.runtimeDir, NODE_OPTIONS: '' };
    const { stdout } = await run(consumerNode(), ['main.mjs'], { cwd: folder, env });
    const result: { driver: string; ip: string; how: string; problems: unknown[] } = JSON.parse(stdout);
    expect(result).toMatchObject({ driver: 'qemu', how: 'guest', problems: [] });
    expect(isIPv4(result.ip)).toBe(true);
    expect((await lab.look()).filter((line) => !line.startsWith('open file'))).toEqual([]);
  });
});
