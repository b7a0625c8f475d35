/**
 * Writes the generated parts of the docs and of the README. With `--check` writes nothing and fails when one is out of date.
 *
 *   node --conditions=@vmrs/source docs/generate/main.ts [--check]
 */
import { readFile, writeFile } from 'node:fs/promises';
import { capabilityMatrix } from './capability-matrix.ts';
import { cliHelp, exitCodeTable, jsonShapes } from './cli-reference.ts';
import { conformanceTable } from './conformance-table.ts';
import { errorTable } from './error-table.ts';
import { fileSchemaText } from './file-schema.ts';
import { firstVm } from './first-vm.ts';
import { programBlocks } from './programs.ts';
import { replaceBlock } from './replace-block.ts';
import { stateDiagram } from './state-diagram.ts';
import { transitionTable } from './transition-table.ts';

const ROOT = new URL('../../', import.meta.url);

const BLOCKS = [
  { file: 'README.md', block: 'first-vm', make: firstVm },
  { file: 'README.md', block: 'states', make: stateDiagram },
  { file: 'README.md', block: 'capabilities', make: capabilityMatrix },
  { file: 'docs/reference/errors.md', block: 'errors', make: errorTable },
  { file: 'docs/reference/states.md', block: 'states', make: stateDiagram },
  { file: 'docs/reference/states.md', block: 'transitions', make: transitionTable },
  { file: 'docs/reference/capabilities.md', block: 'capabilities', make: capabilityMatrix },
  { file: 'docs/reference/capabilities.md', block: 'conformance', make: conformanceTable },
  { file: 'docs/guide/first-vm.md', block: 'first-vm', make: firstVm },
  ...(await programBlocks()),
  { file: 'docs/reference/cli.md', block: 'help', make: cliHelp },
  { file: 'docs/reference/cli.md', block: 'exit-codes', make: exitCodeTable },
  { file: 'docs/reference/cli.md', block: 'json', make: jsonShapes },
];

/** Files that are generated as a whole. */
const FILES = [{ file: 'packages/cli/schema/vmrs.schema.json', make: fileSchemaText }] as const;

const check = process.argv.includes('--check');
const stale: string[] = [];
for (const { file, block, make } of BLOCKS) {
  const url = new URL(file, ROOT);
  const before = await readFile(url, 'utf8');
  const after = replaceBlock(before, block, await make());
  if (after === before) continue;
  stale.push(`${file} (${block})`);
  if (!check) await writeFile(url, after);
}
for (const { file, make } of FILES) {
  const url = new URL(file, ROOT);
  const before = await readFile(url, 'utf8').catch(() => null);
  const after = await make();
  if (after === before) continue;
  stale.push(file);
  if (!check) await writeFile(url, after);
}
if (stale.length > 0) console.log(`${check ? 'out of date' : 'written'}: ${stale.join(', ')}`);
if (check && stale.length > 0) {
  console.log('run: npm run dev -- pnpm docs:generate');
  process.exitCode = 1;
}
