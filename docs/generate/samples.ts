import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

/** Where a page shows a program of `docs/samples`. */
export interface SampleBlock {
  readonly file: string;
  readonly block: string;
  readonly make: () => Promise<string>;
}

/** Every place in the docs that shows a program: the mark `generated: sample <name>` stands for `docs/samples/<name>.ts`, whole. */
export async function sampleBlocks(): Promise<readonly SampleBlock[]> {
  const files = globSync('docs/**/*.md', {
    cwd: fileURLToPath(ROOT),
    exclude: (path) => path.includes('node_modules'),
  });
  const found = files.map(async (file) => {
    const text = await readFile(new URL(file, ROOT), 'utf8');
    const names = Array.from(text.matchAll(/<!-- generated: sample ([\w-]+) -->/g), ([, name]) => name ?? '');
    return names.map((name) => ({ file, block: `sample ${name}`, make: () => sample(name) }));
  });
  return (await Promise.all(found)).flat();
}

async function sample(name: string): Promise<string> {
  const source = await readFile(new URL(`docs/samples/${name}.ts`, ROOT), 'utf8');
  return `\`\`\`ts\n${source.trim()}\n\`\`\``;
}
