import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { publicPackages } from '../public-packages.ts';
import { ROOT } from '../root.ts';
import { writeBoms } from './write-boms.ts';

it('a bill of materials is written for every public package, with what its users get and nothing else', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'vmrs-sbom-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const written = await writeBoms(ROOT, folder);
  const packages = await publicPackages(ROOT);
  expect(written.map(({ name }) => name)).toEqual(packages.map(({ manifest }) => manifest.name));

  const core = written.find(({ name }) => name === '@vmrs/core');
  const { components }: { components: readonly { name: string }[] } = JSON.parse(
    await readFile(core?.file ?? '', 'utf8'),
  );
  const names = components.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['execa', 'pino', 'zod', 'human-signals']));
  expect(names).not.toContain('vitest');
});
