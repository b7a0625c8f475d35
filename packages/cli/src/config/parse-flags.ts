import type { JsonValue, NetworkConfig, PortForward, SharedDir } from '@vmrs/core';
import { InvalidArgumentError } from 'commander';

const UNITS_MB: Readonly<Record<string, number>> = { '': 1, m: 1, g: 1024 };

/** MiB of `512`, `512m` or `2g`. */
export function parseMemory(text: string): number {
  const { amount, unit = '' } = /^(?<amount>\d+)(?<unit>[mg])?(i?b)?$/i.exec(text)?.groups ?? {};
  const factor = UNITS_MB[unit.toLowerCase()];
  if (amount === undefined || factor === undefined)
    throw new InvalidArgumentError("It must be MiB, or such as '512m' or '2g'.");
  return Number(amount) * factor;
}

/** A whole number; what it may be is the configuration's to check. */
export function parseWhole(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/**
 * A network: `nat`, `tap:NAME`, `tap` (made for the VM), `socket:PATH` or `socket:fd=N`, each with `,mac=...`; a tap that is made also with `,name=...` and
 * `,bridge=...`; `none` for no network at all.
 */
export function parseNetwork(text: string): NetworkConfig | 'none' {
  if (text === 'none') return 'none';
  const [head = '', ...settings] = text.split(',');
  const [type, ...rest] = head.split(':');
  const what = rest.join(':');
  const given = Object.fromEntries(settings.map((setting) => pair(setting, text)));
  const { mac, name, bridge, ...others } = given;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new InvalidArgumentError(`'${unknown}' is no setting of a network.`);
  const withMac = mac === undefined ? {} : { mac };
  switch (type) {
    case 'nat':
      return { type, ...withMac };
    case 'tap':
      if (what !== '') return { type, name: what, ...withMac };
      return {
        type,
        create: true,
        ...(name === undefined ? {} : { name }),
        ...(bridge === undefined ? {} : { bridge }),
        ...withMac,
      };
    case 'socket':
      if (what.startsWith('fd=')) return { type, fd: parseWhole(what.slice(3)), ...withMac };
      return { type, path: what, ...withMac };
    default:
      throw new InvalidArgumentError("It must be 'nat', 'tap', 'tap:NAME', 'socket:PATH', 'socket:fd=N' or 'none'.");
  }
}

/** A port forward: `[ADDRESS:]HOST_PORT:GUEST_PORT[/udp]`, an IPv6 address in brackets. */
export function parsePublish(text: string): PortForward {
  const form = /^(?:(?<address>\[[^\]]+\]|[^:]+):)?(?<host>\d+):(?<guest>\d+)(?:\/(?<protocol>tcp|udp))?$/;
  const { address, host, guest, protocol } = form.exec(text)?.groups ?? {};
  if (host === undefined || guest === undefined) {
    throw new InvalidArgumentError("It must be such as '8080:80', '127.0.0.1:8080:80' or '5353:53/udp'.");
  }
  return {
    hostPort: Number(host),
    guestPort: Number(guest),
    ...(protocol === 'udp' ? { protocol } : {}),
    ...(address === undefined ? {} : { hostAddress: address.replace(/^\[|\]$/g, '') }),
  };
}

/** A shared directory: `FOLDER:TAG[:ro]`. The folder may hold colons, the tag may not. */
export function parseShare(text: string): SharedDir {
  const { path, tag, ro } = /^(?<path>.+?):(?<tag>[^:]+)(?<ro>:ro)?$/.exec(text)?.groups ?? {};
  if (path === undefined || tag === undefined)
    throw new InvalidArgumentError("It must be 'FOLDER:TAG' or 'FOLDER:TAG:ro'.");
  return { hostPath: path, tag, ...(ro === undefined ? {} : { readOnly: true }) };
}

/** An option of the driver: `NAME=VALUE`; the value is JSON where it is such, else text. Dots lead into objects. */
export function parseDriverOption(text: string): { readonly path: readonly string[]; readonly value: JsonValue } {
  const [name, value] = pair(text, text);
  try {
    return { path: name.split('.'), value: JSON.parse(value) as JsonValue };
  } catch {
    return { path: name.split('.'), value };
  }
}

/** For options that may be given several times. */
export function collecting<T>(
  parse: (text: string) => T,
): (text: string, before: readonly T[] | undefined) => readonly T[] {
  return (text, before = []) => [...before, parse(text)];
}

function pair(setting: string, whole: string): [name: string, value: string] {
  const at = setting.indexOf('=');
  if (at < 1) throw new InvalidArgumentError(`'${setting}' in '${whole}' must be NAME=VALUE.`);
  return [setting.slice(0, at), setting.slice(at + 1)];
}
