import type { JsonObject } from '../util/json.ts';

/**
 * The shape of a `VmConfig` as JSON Schema (draft 2020-12), made from the very rules that a boot checks: for editors and for files that hold a configuration. It
 * takes everything that a boot takes; a boot also checks what a schema cannot say, such as files and contradictions.
 */
export async function vmConfigJsonSchema(): Promise<JsonObject> {
  const { shapeAsJsonSchema } = await import('./schema.ts');
  return shapeAsJsonSchema();
}
