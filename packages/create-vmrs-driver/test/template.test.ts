import { execFile } from 'node:child_process';
import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../src/package-root.ts';
import { writePackage } from '../src/write-package.ts';

const run = promisify(execFile);
const NODE_MODULES = fileURLToPath(new URL('node_modules', packageRoot()));
/** Of no interest: nothing is installed. */
const VERSIONS = new Proxy({}, { get: () => '*' });

let root: string;
let folder: string;

beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'vmrs-template-')));
  folder = join(root, 'my-hypervisor');
  const names = { id: 'my-hypervisor', packageName: 'vmrs-driver-my-hypervisor' };
  await writePackage({ folder, ...names, platforms: [] }, VERSIONS);
  // What the template depends on are this package's own development dependencies.
  await symlink(NODE_MODULES, join(folder, 'node_modules'));
});

afterAll(() => rm(root, { recursive: true }));

describe('the template under new names', () => {
  it('passes the conformance suite', { timeout: 180_000 }, async () => {
    const args = [...process.execArgv, '--test', '--test-reporter=tap', join('test', 'conformance.test.ts')];
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined };
    const { stdout } = await run(process.execPath, args, { cwd: folder, env }).catch((error: { stdout?: string }) => ({
      stdout: error.stdout ?? String(error),
    }));
    const count = (what: string): number => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(stdout)?.[1]);
    expect(count('fail'), stdout).toBe(0);
    expect(count('pass')).toBeGreaterThan(60);
  });
});
