import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readExtras } from '../src/config/file-fields.ts';
import { fileSchema } from '../src/config/file-schema.ts';
import { Screen } from '../src/io/screen.ts';
import { makeProgram } from '../src/program.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const pages = ['packages/cli/README.md', 'docs/reference/cli.md'];

/** Every command line of a page: at the begin of a line of code, after `$ `, or in backticks. */
async function commandLines(page: string): Promise<readonly string[]> {
  const text = await readFile(join(ROOT, page), 'utf8');
  const found = [...text.matchAll(/(?:^(?:npx )?|\$ |`(?:npx )?|fix: )vmrs (?<rest>[a-z][^`#\n]*)/gm)];
  return found.map(({ groups }) => (groups?.['rest'] ?? '').trim());
}

/** The program, whose commands do nothing but to note that they were called. */
function program(called: string[]): Command {
  const { stdin, stdout, stderr } = process;
  const screen = new Screen({ stdout, stderr });
  const made = makeProgram({ screen, stdin, cwd: ROOT, exitCode: 0, consoleShown: false }, '');
  for (const command of [made, ...made.commands.flatMap((one) => [one, ...one.commands])]) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
    if (command !== made && command.commands.length === 0) command.action(() => void called.push(command.name()));
  }
  return made;
}

describe.each(pages)('%s', (page) => {
  it('shows command lines that vmrs takes', async () => {
    for (const line of await commandLines(page)) {
      // Words in capitals stand for something; a lone command's name is talked about, not shown.
      if (/[A-Z<…]/.test(line.replaceAll(/'[^']*'/g, '')) || !line.includes(' ')) continue;
      const called: string[] = [];
      await program(called)
        .parseAsync(line.split(/\s+/), { from: 'user' })
        .catch((error: unknown) => {
          throw new Error(`'vmrs ${line}' is not taken`, { cause: error });
        });
      expect(called, line).toHaveLength(1);
    }
  });

  it('shows files that are taken', async () => {
    const text = await readFile(join(ROOT, page), 'utf8');
    const { properties = {} } = await fileSchema();
    for (const { groups } of text.matchAll(/```yaml\n(?<yaml>[\s\S]*?)```/g)) {
      const fields: Record<string, unknown> = parse(groups?.['yaml'] ?? '');
      expect(Object.keys(properties as object)).toEqual(expect.arrayContaining(Object.keys(fields)));
      expect(readExtras(fields).problems).toEqual([]);
    }
  });
});

it('a page has something to check', async () => {
  expect((await commandLines('packages/cli/README.md')).length).toBeGreaterThan(12);
  expect((await commandLines('docs/reference/cli.md')).length).toBeGreaterThan(20);
});
