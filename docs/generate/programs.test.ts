import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { programBlocks } from './programs.ts';

const DOCS = join(import.meta.dirname, '..');

describe('the guide', () => {
  it('shows no program but those that are files, are checked by the compiler, and run in a release rehearsal or as tests', async () => {
    for (const file of globSync('guide/*.md', { cwd: DOCS })) {
      const text = await readFile(join(DOCS, file), 'utf8');
      const written = text.replace(/<!-- generated: .*? -->[\s\S]*?<!-- \/generated -->/g, '');
      expect(written, file).not.toMatch(/^```(ts|js|mjs|mts|typescript|javascript)\b/m);
    }
  });

  it('shows every program that there is', async () => {
    const shown = (await programBlocks()).map(({ block }) => block);
    const programs = globSync('programs/*.ts', { cwd: DOCS }).map((file) => `program ${basename(file, '.ts')}`);
    expect(shown).toEqual(expect.arrayContaining(programs));
  });
});
