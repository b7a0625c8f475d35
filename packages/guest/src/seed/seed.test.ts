import { execFileSync, spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { temporaryFolder } from '../../test/temporary-folder.ts';
import { GuestError } from '../errors/guest-error.ts';
import { seedFiles } from './cloud-config.ts';
import type { SeedConfig } from './seed-config.ts';
import { writeSeed } from './write-seed.ts';

interface CloudConfig {
  readonly hostname: string;
  readonly ssh_pwauth: boolean;
  readonly ssh_authorized_keys?: readonly string[];
  readonly write_files: readonly { path: string; content: string; permissions: string; append?: boolean }[];
  readonly bootcmd: readonly (readonly string[])[];
  readonly runcmd: readonly (readonly string[])[];
}

/** Everything that ever broke a template: YAML's own syntax, shell syntax, values that YAML 1.1 takes for others. */
const NASTY = [
  'a: b',
  'x # y',
  '- z',
  "it's",
  '"q"',
  '$(reboot)',
  'line\nruncmd:\n  - reboot',
  'on',
  '1:30',
  '0123',
  ' ',
  '',
];
const KEY = 'sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAAA me@box';

async function cloudConfig(config: SeedConfig): Promise<CloudConfig> {
  const { userData } = await seedFiles(config);
  expect(userData.startsWith('#cloud-config\n')).toBe(true);
  return parse(userData, { version: '1.1' }) as CloudConfig;
}

function fileIn(config: CloudConfig, path: string) {
  return config.write_files.find((file) => file.path === path);
}

describe('seedFiles', () => {
  it('gives these texts', async () => {
    const files = await seedFiles({
      hostname: 'box',
      networks: [
        {
          mac: '52:54:00:AA:00:01',
          addresses: ['10.0.1.2/24', 'fd00::2/64'],
          gateway: '10.0.1.1',
          nameservers: ['10.0.1.53'],
        },
        { mac: '52:54:00:aa:00:02' },
      ],
      mounts: [{ tag: 'data', path: '/srv/data', readOnly: true }],
    });
    expect(files.networkConfig).toMatchInlineSnapshot(`
      "version: 2
      ethernets:
        vmrs0:
          match:
            macaddress: "52:54:00:aa:00:01"
          addresses:
            - "10.0.1.2/24"
            - "fd00::2/64"
          routes:
            - to: "0.0.0.0/0"
              via: "10.0.1.1"
          nameservers:
            addresses:
              - "10.0.1.53"
        vmrs1:
          match:
            macaddress: "52:54:00:aa:00:02"
          dhcp4: true
      "
    `);
    expect(files.metaData).toMatchInlineSnapshot(`
      "instance-id: "vmrs-146edb387565d749081c64e0a02a85e4"
      local-hostname: "box"
      "
    `);
    expect(files.userData).toMatchSnapshot();
  });

  it('keeps every value a value, whatever is in it', async () => {
    const env = Object.fromEntries(NASTY.map((value, index) => [`V${index}`, value]));
    const config = await cloudConfig({ hostname: 'on', workload: { argv: ['/bin/x', ...NASTY], env } });
    expect(config.hostname).toBe('on');
    expect(config.runcmd).toEqual([
      ['systemctl', 'daemon-reload'],
      ['systemctl', 'enable', 'vmrs-ready.service', 'vmrs-workload.service'],
      ['systemctl', 'start', '--no-block', 'vmrs-ready.service', 'vmrs-workload.service'],
    ]);
    NASTY.forEach((value, index) => {
      const word = fileIn(config, `/etc/vmrs/workload/argv/${String(index + 1).padStart(5, '0')}`);
      expect(word).toMatchObject({ content: value, permissions: '0600' });
      expect(fileIn(config, `/etc/vmrs/workload/env/V${index}`)?.content).toBe(value);
    });
  });

  const hasPyYaml = spawnSync('python3', ['-c', 'import yaml']).status === 0;
  it.skipIf(!hasPyYaml)(
    `means the same to the parser that cloud-init uses${hasPyYaml ? '' : ' (skipped: no python3 with yaml)'}`,
    async () => {
      const workload = { argv: ['/bin/x', ...NASTY] };
      const { userData, networkConfig = '' } = await seedFiles({
        hostname: 'on',
        workload,
        networks: [{ mac: '11:22:33:44:55:06', addresses: ['10.0.0.2/24'] }],
      });
      const script = 'import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))';
      const read = (text: string): unknown =>
        JSON.parse(execFileSync('python3', ['-c', script], { input: text, encoding: 'utf8' }));
      expect(read(userData)).toEqual(parse(userData, { version: '1.1' }));
      // Read as a number to base 60 unless it is quoted.
      expect(read(networkConfig)).toMatchObject({
        ethernets: { vmrs0: { match: { macaddress: '11:22:33:44:55:06' } } },
      });
    },
  );

  it('starts the marker before a workload that runs for ever, and never waits for either', async () => {
    const config = await cloudConfig({ hostname: 'box', workload: { argv: ['/bin/sleep', 'infinity'] } });
    expect(config.runcmd.at(-1)).toContain('--no-block');
    expect(fileIn(config, '/etc/systemd/system/vmrs-workload.service')?.content).toContain('vmrs-ready.service');
    expect(config.runcmd.flat().join(' ')).not.toContain('sleep');
  });

  it('takes hardware-backed keys, and never allows passwords', async () => {
    const config = await cloudConfig({ hostname: 'box', sshAuthorizedKeys: [KEY] });
    expect(config.ssh_authorized_keys).toEqual([KEY]);
    expect(config.ssh_pwauth).toBe(false);
  });

  it('mounts shares at every boot by words, and extends /etc/hosts', async () => {
    const config = await cloudConfig({
      hostname: 'box',
      mounts: [{ tag: 'a,b', path: '/srv/with blank' }],
      hosts: { '10.0.0.9': ['db', 'db.internal'] },
    });
    expect(config.bootcmd).toEqual([
      ['mkdir', '-p', '--', '/srv/with blank'],
      ['mount', '-t', 'virtiofs', '-o', 'rw', '--', 'a,b', '/srv/with blank'],
    ]);
    expect(fileIn(config, '/etc/hosts')).toMatchObject({ content: '10.0.0.9 db db.internal\n', append: true });
  });

  it('has an instance id of its content', async () => {
    const id = async (config: SeedConfig) => (await seedFiles(config)).instanceId;
    const first = await id({ hostname: 'box' });
    expect(await id({ hostname: 'box' })).toBe(first);
    expect(await id({ hostname: 'box2' })).not.toBe(first);
    expect(await id({ hostname: 'box', files: [{ path: '/a', content: '' }] })).not.toBe(first);
    expect(await id({ hostname: 'box', networks: [{ mac: '52:54:00:00:00:01' }] })).not.toBe(first);
  });

  it('lists everything that is wrong', async () => {
    const wrong: SeedConfig = {
      hostname: 'a b',
      sshAuthorizedKeys: ['ssh-rsa AAAA', 'ssh-ed25519', `${KEY}\nssh-rsa x`, KEY.replace('sk-ssh', 'ssh')],
      networks: [
        { mac: 'nope', addresses: ['10.0.0.1/128', 'aaaa/8', '10.0.0.1', 'fd00::1/129'] },
        { mac: '52:54:00:00:00:01', gateway: 'aaaa', nameservers: ['1.1.1.256'] },
        { mac: '52:54:00:00:00:01' },
      ],
      hosts: { aaaa: ['x_y'] },
      mounts: [
        { tag: '-o', path: 'relative' },
        { tag: 'x'.repeat(37), path: '/a\nb' },
      ],
      files: [{ path: '/x', content: '\0' }],
      workload: { argv: ['relative'], env: { '1A': '' }, cwd: 'x', user: 'root;reboot' },
    };
    const error = await seedFiles(wrong).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(GuestError);
    expect((error as GuestError).problems).toHaveLength(25);
    expect((error as GuestError).message).toContain('"10.0.0.1/128" is not an address with a prefix');
  });
});

describe('writeSeed', () => {
  it('replaces a seed as a whole, for its owner only', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'new', 'seed.iso');
    const first = await writeSeed(path, { hostname: 'one' });
    const second = await writeSeed(path, { hostname: 'two' });
    expect(second.instanceId).not.toBe(first.instanceId);
    const image = await readFile(path);
    expect([image.includes('two'), image.includes('one"')]).toEqual([true, false]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('writes nothing when the seed is not valid, and says where it cannot write', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'seed.iso');
    await expect(writeSeed(path, { hostname: '' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    await mkdir(path);
    await expect(writeSeed(path, { hostname: 'box' })).rejects.toMatchObject({ code: 'IO' });
  });
});

describe('the workload script', () => {
  it('hands every word and variable over as it is', async () => {
    await using folder = await temporaryFolder();
    const env = Object.fromEntries(NASTY.map((value, index) => [`V${index}`, value]));
    const words = [...NASTY, 'newlines at the end\n\n'];
    const program = 'process.stdout.write(JSON.stringify([process.argv.slice(1), process.env, process.cwd()]))';
    const config = await cloudConfig({
      hostname: 'box',
      workload: { argv: [process.execPath, '-e', program, '--', ...words], env, cwd: '/tmp' },
    });
    for (const { path, content, permissions } of config.write_files) {
      const target = join(folder.path, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, content);
      await chmod(target, Number.parseInt(permissions, 8));
    }
    const script = join(folder.path, '/etc/vmrs/run-workload');
    const output = execFileSync(script, [join(folder.path, '/etc/vmrs/workload')], { encoding: 'utf8' });
    const [gotWords, gotEnv, cwd] = JSON.parse(output) as [string[], Record<string, string>, string];
    expect(gotWords).toEqual(words);
    expect(gotEnv).toMatchObject(env);
    expect(cwd).toBe('/tmp');
  });
});
