import { ChApiError } from './api-error.ts';

/** A device of the configuration; further keys are kept as they are. */
export interface ChDevice {
  readonly id: string;
  readonly [key: string]: unknown;
}

/** A configuration as the stand-in uses it; what it does not know it keeps, as unknown keys are ignored. */
export interface ChVmConfig {
  readonly payload: {
    readonly kernel?: string;
    readonly firmware?: string;
    readonly initramfs?: string;
    readonly cmdline?: string;
  };
  readonly cpus: { readonly boot_vcpus: number; readonly max_vcpus: number };
  readonly memory: { readonly size: number; readonly shared: boolean };
  readonly disks: readonly ChDevice[];
  readonly net: readonly ChDevice[];
  readonly fs: readonly ChDevice[];
  readonly vsock: { readonly cid: number; readonly socket: string } | null;
  readonly serial: { readonly mode: string; readonly file?: string };
  readonly pvpanic: boolean;
  /** As it was sent, for `vm.info` and snapshots. */
  readonly raw: Readonly<Record<string, unknown>>;
}

/** Reads the body of `vm.create`. Throws {@link ChApiError} for what serde refuses: a missing required member, or one of another type. */
export function readVmConfig(value: unknown): ChVmConfig {
  const raw = objectOf(value, 'VmConfig');
  if (raw['payload'] === undefined || raw['payload'] === null) throw missing('payload');
  const payload = objectOf(raw['payload'], 'payload') as ChVmConfig['payload'];
  const cpus = raw['cpus'] === undefined ? { boot_vcpus: 1, max_vcpus: 1 } : objectOf(raw['cpus'], 'cpus');
  for (const member of ['boot_vcpus', 'max_vcpus']) if (typeof cpus[member] !== 'number') throw missing(member);
  const memory = raw['memory'] === undefined ? { size: 512 * 1024 * 1024 } : objectOf(raw['memory'], 'memory');
  if (typeof memory['size'] !== 'number') throw missing('size');
  const vsock = raw['vsock'] === undefined || raw['vsock'] === null ? null : objectOf(raw['vsock'], 'vsock');
  for (const member of vsock === null ? [] : ['cid', 'socket'])
    if (vsock?.[member] === undefined) throw missing(member);
  const serial = raw['serial'] === undefined ? { mode: 'Null' } : objectOf(raw['serial'], 'serial');
  if (typeof serial['mode'] !== 'string') throw missing('mode');
  const fs = devices(raw, 'fs');
  for (const one of fs) for (const member of ['tag', 'socket']) if (one[member] === undefined) throw missing(member);
  return {
    payload,
    cpus: cpus as unknown as ChVmConfig['cpus'],
    memory: { size: memory['size'], shared: memory['shared'] === true },
    disks: devices(raw, 'disks'),
    net: devices(raw, 'net'),
    fs,
    vsock: vsock as ChVmConfig['vsock'],
    serial: serial as unknown as ChVmConfig['serial'],
    pvpanic: raw['pvpanic'] === true,
    raw,
  };
}

/** What `config.validate()` has against a configuration, in its words; checked by `vm.boot` and by additions. */
export function configProblems({ payload, memory, fs, disks, net }: ChVmConfig): readonly string[] {
  const ids = [...disks, ...net, ...fs].map(({ id }) => id);
  const double = ids.find((id, index) => ids.indexOf(id) !== index);
  return [
    ...(payload.kernel === undefined && payload.firmware === undefined ? ['No bootable payload provided'] : []),
    ...(fs.length > 0 && !memory.shared ? ['Using vhost-user requires using shared memory or huge pages'] : []),
    ...(double === undefined ? [] : [`Identifier ${double} is not unique`]),
    ...ids.filter((id) => id.startsWith('__')).map((id) => `Invalid identifier as it starts with "__": ${id}`),
  ];
}

/** Devices of a section; those without an id get Cloud Hypervisor's, such as `_disk0`. */
function devices(raw: Readonly<Record<string, unknown>>, section: 'disks' | 'net' | 'fs'): readonly ChDevice[] {
  const list = raw[section];
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) throw new ChApiError([`invalid type: expected a sequence for '${section}'`], 400);
  const prefix = { disks: '_disk', net: '_net', fs: '_fs' }[section];
  return list.map((one: unknown, index) => ({ id: `${prefix}${index}`, ...objectOf(one, section) }));
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new ChApiError([`invalid type: expected struct ${what}`], 400);
}

/** A body that serde cannot read is a 400 in every version (`HttpError::SerdeJsonDeserialize`). */
function missing(member: string): ChApiError {
  return new ChApiError(['Failed to deserialize JSON', `missing field \`${member}\``], 400);
}
