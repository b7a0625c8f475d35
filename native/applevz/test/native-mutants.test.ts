import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFakeAddon } from '../../applevz-fake/src/index.ts';
import { fakeAddonPath } from './support/fake-addon.ts';
import { NATIVE_MUTANTS, type NativeMutant } from './support/native-mutants.ts';
import { type Ended, runFixture } from './support/run-fixture.ts';
import { makeScene, type Scene } from './support/scene.ts';

const SOURCES = fileURLToPath(new URL('../addon/src', import.meta.url));
/** How long the scene may take; each mutant that hangs costs its limit. */
const LIMIT_MS = 20_000;
const MUTANT_LIMIT_MS = 5_000;

let scene: Scene;

beforeAll(async () => {
  scene = await makeScene();
});

afterAll(() => scene[Symbol.asyncDispose]());

async function live(addon: string, limitMs: number): Promise<Ended> {
  return await runFixture('whole-life', [addon, scene.dir, String(limitMs)]);
}

/** Compiles the sources with the mistake in them; what the mistake does not touch is not compiled again. */
async function buildMutant({ file, edits }: NativeMutant): Promise<string> {
  const sources = await mkdtemp(join(tmpdir(), 'vmrs-mutant-'));
  try {
    await cp(SOURCES, sources, { recursive: true });
    let content = await readFile(join(sources, file), 'utf8');
    for (const [text, replacement] of edits) {
      expect(content.split(text), `"${text}" is to be in ${file} once`).toHaveLength(2);
      content = content.replace(text, () => replacement);
    }
    await writeFile(join(sources, file), content);
    return await buildFakeAddon({ sources });
  } finally {
    await rm(sources, { recursive: true, force: true });
  }
}

// The sanitizers would find these mistakes too, but every mutant would take a minute.
describe.skipIf(process.env['VMRS_SANITIZE'] !== undefined)('the scene by which the native code is tested', () => {
  it('finds nothing wrong with it', async () => {
    expect(await live(await fakeAddonPath(), LIMIT_MS)).toEqual({ code: 0, signal: null, stdout: 'sound', stderr: '' });
  }, 300_000);

  it.each(NATIVE_MUTANTS)(
    'notices when $mistake',
    async (mutant) => {
      const ended = await live(await buildMutant(mutant), MUTANT_LIMIT_MS);
      expect(ended.stdout).not.toBe('sound');
      expect(ended.code).not.toBe(0);
    },
    300_000,
  );
});
