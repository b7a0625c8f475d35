import type { JsonObject, JsonValue } from '@vmrs/core/driver';

/** The version in QEMU's greeting. `package` is the distribution's own text, such as `Debian 1:7.2+dfsg-7`. */
export interface QemuVersion {
  readonly major: number;
  readonly minor: number;
  readonly micro: number;
  readonly package: string;
}

/** An event that QEMU reports on its own. */
export interface QmpEvent {
  readonly name: string;
  readonly data: JsonObject;
}

/** One message from QEMU. */
export type QmpMessage =
  | { readonly kind: 'greeting'; readonly version: QemuVersion }
  | { readonly kind: 'event'; readonly event: QmpEvent }
  | { readonly kind: 'return'; readonly id: number; readonly value: JsonValue }
  | { readonly kind: 'error'; readonly id: number | null; readonly errorClass: string; readonly description: string };

/** `7.2.22` */
export function formatVersion(version: QemuVersion): string {
  return `${version.major}.${version.minor}.${version.micro}`;
}

/** Whether `value` is a plain object. */
export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of an array, whatever else is in it; none when it is no array. */
export function objectsIn(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter((item: JsonValue) => isObject(item)) : [];
}

/** A member that is text, else undefined. */
export function textOf(object: JsonObject | null | undefined, member: string): string | undefined {
  const value = object?.[member];
  return typeof value === 'string' ? value : undefined;
}
