import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../../', import.meta.url);

/** Where a page shows a program of `docs/programs`. */
export interface ProgramBlock {
  readonly file: string;
  readonly block: string;
  readonly make: () => Promise<string>;
}

/** Every place in the docs that shows a program: the mark `generated: program <name>` stands for `docs/programs/<name>.ts`, whole. */
export async function programBlocks(): Promise<readonly ProgramBlock[]> {
  const files = globSync('docs/**/*.md', {
    cwd: fileURLToPath(ROOT),
    exclude: (path) => path.includes('node_modules'),
  });
  const found = files.map(async (file) => {
    const text = await readFile(new URL(file, ROOT), 'utf8');
    const names = Array.from(text.matchAll(/<!-- generated: program ([\w.-]+) -->/g), ([, name]) => name ?? '');
    return names.map((name) => ({ file, block: `program ${name}`, make: () => program(name) }));
  });
  return (await Promise.all(found)).flat();
}

async function program(name: string): Promise<string> {
  const source = await readFile(new URL(`docs/programs/${name}.ts`, ROOT), 'utf8');
  return `\`\`\`ts\n${source.trim()}\n\`\`\``;
}
