import { describe, expect, it } from 'vitest';
import { vmConfigJsonSchema } from './json-schema.ts';
import { parseConfig } from './schema.ts';

describe('vmConfigJsonSchema', () => {
  it('knows the fields that a boot knows, and no other', async () => {
    const { properties, required, additionalProperties } = await vmConfigJsonSchema();
    const { problems } = parseConfig({
      ...Object.fromEntries(Object.keys(properties ?? {}).map((f) => [f, null])),
      x: 1,
    });
    expect(problems.filter(({ message }) => message === 'unknown field').map(({ path }) => path)).toEqual(['x']);
    expect(Object.keys(properties ?? {})).toHaveLength(19);
    expect([required, additionalProperties]).toEqual([['name'], false]);
  });

  it('is plain JSON, with limits', async () => {
    const schema = await vmConfigJsonSchema();
    expect(JSON.parse(JSON.stringify(schema))).toEqual(schema);
    expect(schema).toMatchObject({
      type: 'object',
      properties: { cpus: { type: 'integer', minimum: 1, maximum: 1024 } },
    });
  });
});
