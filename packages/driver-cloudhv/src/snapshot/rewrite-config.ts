import type { ApiVmConfig } from '../control/api-types.ts';

/** A saved configuration, with whatever keys its version of Cloud Hypervisor has. */
export type SavedConfig = Readonly<Record<string, unknown>>;

/**
 * The saved configuration with the files, taps and sockets of another VM: those of `own`, by the ids of their devices. Everything else stays as it was saved, keys
 * that this driver does not know included. Pure.
 */
export function rewriteConfig(saved: SavedConfig, own: ApiVmConfig): SavedConfig {
  return {
    ...saved,
    ...replaced(saved, 'payload', own.payload),
    ...(own.vsock === undefined ? {} : replaced(saved, 'vsock', { socket: own.vsock.socket })),
    ...byId(saved, 'disks', own.disks ?? [], ({ path }) => ({ path })),
    ...byId(saved, 'net', own.net ?? [], ({ tap }) => ({ tap })),
  };
}

/** Devices of the saved configuration that `own` has no counterpart for, and the other way round, as words. */
export function deviceDifferences(saved: SavedConfig, own: ApiVmConfig): readonly string[] {
  const words: string[] = [];
  for (const [key, name] of [
    ['disks', 'disk'],
    ['net', 'network interface'],
  ] as const) {
    const savedIds = devices(saved, key).map(({ id }) => String(id));
    const ownIds = (own[key] ?? []).map(({ id }) => String(id));
    // What was added to the running VM keeps its own file or tap.
    const configured = savedIds.filter((id) => /^(root|seed|data|net\d+)$/.test(id));
    words.push(...configured.filter((id) => !ownIds.includes(id)).map((id) => `the saved VM has ${name} '${id}'`));
    words.push(...ownIds.filter((id) => !savedIds.includes(id)).map((id) => `the saved VM has no ${name} '${id}'`));
  }
  const [savedVsock, ownVsock] = [isObject(saved['vsock']), own.vsock !== undefined];
  if (savedVsock !== ownVsock) words.push(`the saved VM has ${savedVsock ? 'a' : 'no'} vsock device`);
  return words;
}

function replaced(saved: SavedConfig, key: string, members: object): SavedConfig {
  const value = saved[key];
  return isObject(value) ? { [key]: { ...value, ...members } } : {};
}

function byId<D extends { readonly id?: string }>(
  saved: SavedConfig,
  key: string,
  own: readonly D[],
  members: (device: D) => object,
): SavedConfig {
  const list = devices(saved, key);
  if (list.length === 0) return {};
  const withOwn = list.map((device) => {
    const mine = own.find(({ id }) => id === device['id']);
    return mine === undefined ? device : { ...device, ...members(mine) };
  });
  return { [key]: withOwn };
}

function devices(saved: SavedConfig, key: string): readonly Readonly<Record<string, unknown>>[] {
  const list = saved[key];
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
