import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkSamples } from './check-samples.ts';
import { samplesOf } from './samples-of.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const PAGES = ['README.md', 'CONTRIBUTING.md', 'docs/**/*.md', 'packages/*/README.md', 'examples/*/README.md'];

const pages = globSync(PAGES, { cwd: ROOT, exclude: (path) => /node_modules$/.test(String(path)) }).toSorted();
const samples = pages.flatMap((page) => samplesOf(page, readFileSync(join(ROOT, page), 'utf8')));

describe('the TypeScript samples of all pages', () => {
  it('are found', () => {
    const found = new Set(samples.map(({ page }) => page));
    expect([...found]).toEqual(expect.arrayContaining(['README.md', 'docs/drivers/authoring.md']));
  });

  it('compile', { timeout: 120_000 }, () => {
    expect(checkSamples(samples)).toEqual([]);
  });
});

describe('a sample', () => {
  const page = (code: string, given = ''): string => `# Page\n\n${given}\`\`\`ts\n${code}\n\`\`\`\n`;

  it('that does not compile is told with its page and line', { timeout: 120_000 }, () => {
    const [sample] = samplesOf('a.md', page("const one = 1;\nconst two: number = 'two';"));
    expect(sample).toMatchObject({ line: 4 });
    expect(checkSamples(sample === undefined ? [] : [sample])).toEqual([
      "a.md:5: Type 'string' is not assignable to type 'number'.",
    ]);
  });

  it('takes what is given above it', () => {
    const given = '<!-- given\ndeclare const kernel: string;\nfile ./a.ts: export {};\n-->\n';
    expect(samplesOf('a.md', page('kernel', given))).toMatchObject([
      { line: 8, code: 'kernel', given: 'declare const kernel: string;\n', files: { './a.ts': 'export {};' } },
    ]);
  });
});
