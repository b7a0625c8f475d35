import * as v from 'valibot';

/** What came of reading something that another process has sent: the value, or what is wrong with it, in words. */
export type Parsed<T> = { readonly value: T } | { readonly problem: string };

/** Reads `input` by `schema`; of several problems the first is told. */
export function parseBy<T>(schema: v.GenericSchema<unknown, T>, input: unknown): Parsed<T> {
  const result = v.safeParse(schema, input, { abortEarly: true });
  if (result.success) return { value: result.output };
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  return { problem: path === null ? issue.message : `${path}: ${issue.message}` };
}
