/** A value that survives `JSON.parse(JSON.stringify(value))` unchanged. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

/** A plain object of {@link JsonValue}s. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** A copy that nobody else holds; members that are undefined are left out of it. */
export function copyJson<T extends JsonValue>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
