import { isIP, isIPv4 } from 'node:net';
import { GuestError } from '../errors/guest-error.ts';
import type { SeedConfig, SeedMount, SeedNetwork, SeedWorkload } from './seed-config.ts';

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;
const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const USER = /^[a-z_][a-z0-9_-]{0,31}$/;
/** The limit of the virtiofs device. */
const TAG_BYTES = 36;

/** Checks a seed with real parsers. Throws `INVALID_INPUT` with all problems at once. */
export function validateSeed(config: SeedConfig): void {
  const problems = [
    ...(isHostname(config.hostname) ? [] : [`hostname: "${config.hostname}" is not a host name`]),
    ...(config.sshAuthorizedKeys ?? []).flatMap((key, index) => keyProblems(key, `sshAuthorizedKeys[${index}]`)),
    ...(config.networks ?? []).flatMap((network, index) => networkProblems(network, `networks[${index}]`)),
    ...twice((config.networks ?? []).map(({ mac }) => mac.toLowerCase())).map(
      (mac) => `networks: ${mac} is there twice`,
    ),
    ...Object.entries(config.hosts ?? {}).flatMap(([address, names]) => hostProblems(address, names)),
    ...(config.mounts ?? []).flatMap((mount, index) => mountProblems(mount, `mounts[${index}]`)),
    ...(config.files ?? []).flatMap(({ path, content }, index) => [
      ...pathProblems(path, `files[${index}].path`),
      ...(content.includes('\0') ? [`files[${index}].content: must not contain NUL`] : []),
    ]),
    ...(config.workload === undefined ? [] : workloadProblems(config.workload)),
  ];
  if (problems.length > 0) {
    throw new GuestError('INVALID_INPUT', `the seed is not valid: ${problems.join('; ')}`, { problems });
  }
}

function isHostname(text: string): boolean {
  return text.length <= 253 && text.split('.').every((label) => LABEL.test(label));
}

function networkProblems({ mac, addresses = [], gateway, nameservers = [] }: SeedNetwork, at: string): string[] {
  const problems = MAC.test(mac) ? [] : [`${at}.mac: "${mac}" is not a MAC address`];
  for (const address of addresses) {
    if (!isCidr(address)) problems.push(`${at}.addresses: "${address}" is not an address with a prefix`);
  }
  if (gateway !== undefined && isIP(gateway) === 0) problems.push(`${at}.gateway: "${gateway}" is not an IP address`);
  if (gateway !== undefined && addresses.length === 0) problems.push(`${at}.gateway: needs addresses`);
  for (const server of nameservers) {
    if (isIP(server) === 0) problems.push(`${at}.nameservers: "${server}" is not an IP address`);
  }
  return problems;
}

function isCidr(text: string): boolean {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const [, address = '', prefix = ''] = match ?? [];
  return isIP(address) !== 0 && Number(prefix) <= (isIPv4(address) ? 32 : 128);
}

function hostProblems(address: string, names: readonly string[]): string[] {
  return [
    ...(isIP(address) === 0 ? [`hosts: "${address}" is not an IP address`] : []),
    ...names.filter((name) => !isHostname(name)).map((name) => `hosts: "${name}" is not a host name`),
  ];
}

function mountProblems({ tag, path }: SeedMount, at: string): string[] {
  const tagIsGood = Buffer.byteLength(tag) <= TAG_BYTES && /^[^\s\p{Cc}-][^\s\p{Cc}]*$/u.test(tag);
  return [
    ...(tagIsGood ? [] : [`${at}.tag: must be 1 to ${TAG_BYTES} bytes without blanks`]),
    ...pathProblems(path, `${at}.path`),
  ];
}

function workloadProblems({ argv, env = {}, cwd, user }: SeedWorkload): string[] {
  const problems = pathProblems(argv[0] ?? '', 'workload.argv[0]');
  if (argv.some((word) => word.includes('\0'))) problems.push('workload.argv: must not contain NUL');
  for (const [name, value] of Object.entries(env)) {
    if (!ENV_NAME.test(name)) problems.push(`workload.env: "${name}" is not the name of a variable`);
    if (value.includes('\0')) problems.push(`workload.env.${name}: must not contain NUL`);
  }
  if (cwd !== undefined) problems.push(...pathProblems(cwd, 'workload.cwd'));
  if (user !== undefined && !USER.test(user)) problems.push(`workload.user: "${user}" is not a user name`);
  return problems;
}

function pathProblems(path: string, at: string): string[] {
  const good = path.startsWith('/') && Buffer.byteLength(path) <= 1024 && !/\p{Cc}/u.test(path);
  return good ? [] : [`${at}: "${path}" must be an absolute path without control characters`];
}

/** The second field of a key is base64 and begins with the length and text of the first, whatever type that is. */
function keyProblems(key: string, at: string): string[] {
  const [type = '', material = ''] = key.trim().split(/ +/);
  const blob = Buffer.from(material, 'base64');
  const inner = blob.length < 4 ? '' : blob.toString('latin1', 4, 4 + blob.readUInt32BE(0));
  const good = type !== '' && inner === type && blob.length > 4 + type.length && !/\p{Cc}/u.test(key);
  return good ? [] : [`${at}: not a public key in OpenSSH's form`];
}

function twice(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
