import type { BootSpec, JsonObject, JsonValue } from '@vmrs/core';

/** What stands in the place of something that may be a secret. */
export const HIDDEN = '(hidden; --show-secrets shows it)';

/** A spec whose kernel command line and driver options are hidden: people put secrets there, though they have no place in either. */
export function withoutSecrets(spec: BootSpec): BootSpec {
  return {
    ...spec,
    cmdline: spec.cmdline === null ? null : HIDDEN,
    driverOptions: hidden(spec.driverOptions),
  };
}

function hidden(options: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name, hiddenValue(value)]));
}

function hiddenValue(value: JsonValue): JsonValue {
  // Names, switches and numbers tell what was asked for; texts may be anything.
  if (typeof value === 'string') return HIDDEN;
  if (Array.isArray(value)) return value.map(hiddenValue);
  return typeof value === 'object' && value !== null ? hidden(value as JsonObject) : value;
}
