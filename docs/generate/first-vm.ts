import { readFile } from 'node:fs/promises';
import { FIRST_VM_SOURCE } from './sources.ts';

/** The program of the README as it is type-checked, and run by the end-to-end tests. */
export async function firstVm(): Promise<string> {
  return `\`\`\`ts\n${(await readFile(FIRST_VM_SOURCE, 'utf8')).trim()}\n\`\`\``;
}
