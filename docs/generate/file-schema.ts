import { readFile } from 'node:fs/promises';
import { fileSchema } from '../../packages/cli/src/config/file-schema.ts';
import { VM_CONFIG_SOURCE } from './sources.ts';

/** The JSON Schema of `vmrs.yaml`, with the doc comments of `VmConfig` as descriptions. */
export async function fileSchemaText(): Promise<string> {
  return `${JSON.stringify(await fileSchema(await fieldDescriptions()), null, 2)}\n`;
}

/** The doc comment of each field of `VmConfig`, in one line. */
export async function fieldDescriptions(): Promise<Readonly<Record<string, string>>> {
  const source = await readFile(VM_CONFIG_SOURCE, 'utf8');
  const fields = source.slice(source.indexOf('export interface VmConfig'));
  const found = [...fields.matchAll(/\/\*\*(?<text>[^/]*(?:\/(?!\*)[^/]*)*?)\*\/\s+readonly (?<name>\w+)\??:/g)];
  return Object.fromEntries(
    found.map(({ groups }) => [groups?.['name'] ?? '', (groups?.['text'] ?? '').replace(/\s*\n\s*\*\s*/g, ' ').trim()]),
  );
}
