import { readFile } from 'node:fs/promises';
import { ERROR_CODES_SOURCE } from './sources.ts';

/** The codes with the sentence that stands above each in the source: one place, so that they cannot differ. */
export async function errorTable(): Promise<string> {
  const source = await readFile(ERROR_CODES_SOURCE, 'utf8');
  const table = source.slice(source.indexOf('export interface ErrorDetails'));
  const entries = [...table.matchAll(/\/\*\* (?<text>[^*]+) \*\/\n {2}(?<code>[A-Z_]+): (?<details>.+);\n/g)];
  const rows = entries.map(({ groups }) => `| \`${groups?.['code']}\` | ${groups?.['text']} |`);
  return ['| code | when |', '|---|---|', ...rows].join('\n');
}
