import { isIPv4 } from 'node:net';
import { sha256 } from '../util/sha256.ts';
import { READY_SCRIPT, READY_UNIT, WORKLOAD_EXIT_SCRIPT, WORKLOAD_SCRIPT, WORKLOAD_UNIT } from './guest-scripts.ts';
import type { SeedConfig, SeedFile, SeedNetwork, SeedWorkload } from './seed-config.ts';
import { validateSeed } from './validate-seed.ts';

/** The files of a NoCloud seed. */
export interface SeedFiles {
  /** Changes with every change of the content, so that cloud-init applies it to an existing disk, too. */
  readonly instanceId: string;
  readonly userData: string;
  readonly metaData: string;
  readonly networkConfig: string | undefined;
}

const EXECUTABLE = 0o755;
const READABLE = 0o644;
const UNITS = '/etc/systemd/system';

/**
 * Turns a seed into cloud-init's files. All values pass through a YAML serialiser, and commands are argument lists, so
 * no value can become a key, a command or a part of one. The guest needs systemd and iproute2.
 *
 * The marker comes from a service of its own, before the workload's: a workload that runs for ever does not delay it.
 *
 * @throws `INVALID_INPUT` with all problems
 */
export async function seedFiles(config: SeedConfig): Promise<SeedFiles> {
  validateSeed(config);
  const userData = `#cloud-config\n${await toYaml(cloudConfig(config))}`;
  const networkConfig = config.networks?.length ? await toYaml(networkConfiguration(config.networks)) : undefined;
  const instanceId = `vmrs-${sha256(JSON.stringify([config.hostname, userData, networkConfig])).slice(0, 32)}`;
  const metaData = await toYaml({ 'instance-id': instanceId, 'local-hostname': config.hostname });
  return { instanceId, userData, metaData, networkConfig };
}

function cloudConfig(config: SeedConfig): object {
  const { hostname, sshAuthorizedKeys = [], mounts = [], files = [], workload } = config;
  const services = ['vmrs-ready.service', ...(workload === undefined ? [] : ['vmrs-workload.service'])];
  return {
    hostname,
    ssh_pwauth: false,
    disable_root: true,
    ...(sshAuthorizedKeys.length > 0 && { ssh_authorized_keys: sshAuthorizedKeys.map((key) => key.trim()) }),
    write_files: [
      ...markerFiles(config.networks?.[0]),
      ...(workload === undefined ? [] : workloadFiles(workload)),
      ...files,
    ]
      .map(writeFileEntry)
      .concat(hostsEntry(config.hosts)),
    // Unlike "runcmd" this runs at every boot; "mounts" takes block devices only.
    bootcmd: mounts.flatMap(({ tag, path, readOnly }) => [
      ['mkdir', '-p', '--', path],
      ['mount', '-t', 'virtiofs', '-o', readOnly ? 'ro' : 'rw', '--', tag, path],
    ]),
    runcmd: [
      ['systemctl', 'daemon-reload'],
      ['systemctl', 'enable', ...services],
      ['systemctl', 'start', '--no-block', ...services],
    ],
  };
}

function markerFiles(primary: SeedNetwork | undefined): SeedFile[] {
  return [
    { path: '/etc/vmrs/ready', content: READY_SCRIPT, mode: EXECUTABLE },
    { path: `${UNITS}/vmrs-ready.service`, content: READY_UNIT, mode: READABLE },
    ...(primary === undefined
      ? []
      : [{ path: '/etc/vmrs/primary-mac', content: `${primary.mac.toLowerCase()}\n`, mode: READABLE }]),
  ];
}

function workloadFiles({ argv, env = {}, cwd, user }: SeedWorkload): SeedFile[] {
  const folder = '/etc/vmrs/workload';
  return [
    { path: '/etc/vmrs/run-workload', content: WORKLOAD_SCRIPT, mode: EXECUTABLE },
    { path: '/etc/vmrs/report-exit', content: WORKLOAD_EXIT_SCRIPT, mode: EXECUTABLE },
    { path: `${UNITS}/vmrs-workload.service`, content: WORKLOAD_UNIT, mode: READABLE },
    ...argv.map((word, index) => ({ path: `${folder}/argv/${String(index).padStart(5, '0')}`, content: word })),
    ...Object.entries(env).map(([name, value]) => ({ path: `${folder}/env/${name}`, content: value })),
    ...(cwd === undefined ? [] : [{ path: `${folder}/cwd`, content: cwd }]),
    ...(user === undefined ? [] : [{ path: `${folder}/user`, content: `${user}\n` }]),
  ];
}

function writeFileEntry({ path, content, mode = 0o600 }: SeedFile): object {
  return { path, content, permissions: `0${(mode & 0o7777).toString(8).padStart(3, '0')}` };
}

function hostsEntry(hosts: SeedConfig['hosts'] = {}): object[] {
  const lines = Object.entries(hosts).map(([address, names]) => `${address} ${names.join(' ')}\n`);
  return lines.length === 0 ? [] : [{ path: '/etc/hosts', content: lines.join(''), append: true }];
}

/** Network configuration, version 2 (netplan's form). */
function networkConfiguration(networks: readonly SeedNetwork[]): object {
  const ethernets = networks.map(({ mac, addresses = [], gateway, nameservers = [] }, index) => [
    `vmrs${index}`,
    {
      match: { macaddress: mac.toLowerCase() },
      ...(addresses.length === 0 ? { dhcp4: true } : { addresses }),
      ...(gateway !== undefined && { routes: [{ to: isIPv4(gateway) ? '0.0.0.0/0' : '::/0', via: gateway }] }),
      ...(nameservers.length > 0 && { nameservers: { addresses: nameservers } }),
    },
  ]);
  return { version: 2, ethernets: Object.fromEntries(ethernets) };
}

/** Every string is quoted, because cloud-init reads YAML 1.1, where plain `on` and `1:30` are no strings. */
async function toYaml(value: object): Promise<string> {
  const { stringify } = await import('yaml');
  return stringify(value, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0, version: '1.1' });
}
