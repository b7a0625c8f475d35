import { type JsonObject, vmConfigJsonSchema } from '@vmrs/core';
import { EXTRAS_SCHEMA } from './file-fields.ts';

/**
 * The JSON Schema of the file of a VM: the fields of core's own validation, and what `vmrs` adds. `descriptions`: a sentence for each field of core.
 */
export async function fileSchema(descriptions: Readonly<Record<string, string>> = {}): Promise<JsonObject> {
  const { $schema, required: _, properties, ...rest } = await vmConfigJsonSchema();
  const fields = Object.entries((properties ?? {}) as Readonly<Record<string, JsonObject>>).map(([name, schema]) => {
    const description = descriptions[name];
    return [name, description === undefined ? schema : { description, ...schema }] as const;
  });
  return {
    $schema: $schema ?? '',
    title: 'vmrs.yaml',
    description: 'One VM, for `vmrs run`, `vmrs plan` and `vmrs validate`. Relative paths are relative to the file.',
    ...rest,
    properties: { $schema: { type: 'string' }, ...EXTRAS_SCHEMA, ...Object.fromEntries(fields) },
  };
}
