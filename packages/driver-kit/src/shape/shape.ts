import type { Problem } from '@vmrs/core/driver';
import * as v from 'valibot';

/** A schema of valibot, for a value of type `T`. */
export type Shape<T> = v.GenericSchema<unknown, T>;

/** A whole number of at least `lowest`. */
export function whole(lowest: number): v.GenericSchema<number> {
  return v.pipe(v.number(), v.integer('must be a whole number'), v.minValue(lowest, `must be at least ${lowest}`));
}

/** A number above 0. */
export function above0(): v.GenericSchema<number> {
  return v.pipe(
    v.number(),
    v.check((value) => value > 0, 'must be above 0'),
  );
}

/** A text that is not empty. */
export function words(): v.GenericSchema<string> {
  return v.pipe(v.string(), v.nonEmpty('must not be empty'));
}

/** An absolute path. */
export function absolutePath(): v.GenericSchema<string> {
  return v.pipe(v.string(), v.regex(/^\/[^\0\n]*$/, 'must be an absolute path'));
}

/**
 * Everything that is wrong with `value`, each problem with its path below `above`: members that are not known too, all of them. `kind` names what an unknown member
 * would have to be, such as `option of Cloud Hypervisor`.
 */
export function problemsOf(
  shape: v.GenericSchema,
  value: unknown,
  above: readonly string[],
  kind: string,
): readonly Problem[] {
  const issues = v.safeParse(shape, value).issues ?? [];
  const told = issues.filter(({ type, expected }) => type !== 'strict_object' || expected !== 'never');
  return [
    ...told.map(({ path, message }): Problem => {
      const keys = (path ?? []).map((item) => String(item.key));
      return { path: [...above, ...keys].join('.'), message };
    }),
    ...unknownMembers(shape, value, above).map((path): Problem => ({ path, message: `is no ${kind}` })),
  ];
}

/** What a schema may be made of, as far as unknown members are concerned. */
interface Parts {
  readonly type: string;
  readonly entries?: Readonly<Record<string, v.GenericSchema>>;
  readonly wrapped?: v.GenericSchema;
  readonly item?: v.GenericSchema;
}

/** valibot itself stops at the first. */
function unknownMembers(shape: v.GenericSchema, value: unknown, path: readonly string[]): readonly string[] {
  const { entries, wrapped, item }: Parts = shape;
  if (wrapped !== undefined) return unknownMembers(wrapped, value, path);
  if (item !== undefined && Array.isArray(value)) {
    return value.flatMap((one: unknown, index) => unknownMembers(item, one, [...path, String(index)]));
  }
  if (entries === undefined || typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const known = Object.hasOwn(entries, key) ? entries[key] : undefined;
    return known === undefined ? [[...path, key].join('.')] : unknownMembers(known, member, [...path, key]);
  });
}
