import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { run } from '../run.ts';
import { startLocalRegistry } from './local-registry.ts';

it('a local registry keeps what is published, serves it, and asks no other for its own names', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vmrs-registry-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  // A name that exists elsewhere.
  await using registry = await startLocalRegistry(join(folder, 'registry'), ['semver']);
  const options = { cwd: folder, env: registry.env };
  await expect(run('npm', ['view', 'semver', 'version'], options)).rejects.toThrow('E404');

  const project = join(folder, 'project');
  await mkdir(project);
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'semver', version: '99.0.0' }));
  await run('npm', ['publish'], { ...options, cwd: project });
  expect((await run('npm', ['view', 'semver', 'version'], options)).stdout.trim()).toBe('99.0.0');
});
