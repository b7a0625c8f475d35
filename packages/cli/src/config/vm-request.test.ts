import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HIDDEN, withoutSecrets } from './secrets.ts';
import { vmRequest } from './vm-request.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-request-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

const file = (text: string): Promise<void> => writeFile(join(folder, 'vmrs.yaml'), text);

describe('what is asked for', () => {
  it('is what the file says, with flags over it and paths from where each is written', async () => {
    await file(
      'name: a\nkernel: k\ninitramfs: /i\nsharedDirs: [{ hostPath: data, tag: t }]\nnetworks: [{ type: socket, path: s }]\n',
    );
    const { config, extras } = await vmRequest({ name: 'b', rootDisk: '../d', memory: 64, namespace: 'n' }, [], folder);
    expect(config).toEqual({
      name: 'b',
      namespace: 'n',
      kernel: join(folder, 'k'),
      initramfs: '/i',
      rootDisk: join(folder, '..', 'd'),
      memoryMb: 64,
      sharedDirs: [{ hostPath: join(folder, 'data'), tag: 't' }],
      networks: [{ type: 'socket', path: join(folder, 's') }],
    });
    expect(extras).toEqual({});
  });

  it('passes over the file of the folder when the flags say what to boot', async () => {
    await file('name: a\nkernel: k\n');
    expect((await vmRequest({ kernel: 'other' }, [], folder)).file).toBeNull();
    expect((await vmRequest({ guest: true }, [], folder)).file).toBeNull();
    expect((await vmRequest({}, [], folder)).file?.path).toBe(join(folder, 'vmrs.yaml'));
  });

  it('gets a name that is made up, each time another, where none is given', async () => {
    const names = await Promise.all(
      [1, 2].map(async () => (await vmRequest({ kernel: 'k' }, [], folder)).config['name']),
    );
    expect(names[0]).toMatch(/^vm-[0-9a-f]{6}$/);
    expect(names[0]).not.toBe(names[1]);
  });

  it('publishes ports of the nat network that there is, or of a new one', async () => {
    const port = { hostPort: 1, guestPort: 2 };
    const networks = async (flags: Parameters<typeof vmRequest>[0]): Promise<unknown> =>
      (await vmRequest(flags, [], folder)).config['networks'];
    expect(await networks({ kernel: 'k', publish: [port] })).toEqual([{ type: 'nat', ports: [port] }]);
    expect(
      await networks({ kernel: 'k', net: [{ type: 'tap', create: true }, { type: 'nat' }], publish: [port] }),
    ).toEqual([
      { type: 'tap', create: true },
      { type: 'nat', ports: [port] },
    ]);
    await file('kernel: k\nnetworks: [{ type: nat, ports: [{ hostPort: 3, guestPort: 4 }] }]\n');
    expect(await networks({ publish: [port] })).toEqual([
      { type: 'nat', ports: [{ hostPort: 3, guestPort: 4 }, port] },
    ]);
    expect(await networks({ net: ['none'] })).toEqual([]);
    await expect(networks({ net: ['none', { type: 'nat' }] })).rejects.toThrow('stands alone');
  });

  it('has the command and the environment of the small guest from file and flags', async () => {
    await file('guest: { command: [a], env: { A: x, B: x } }\n');
    const { extras } = await vmRequest({ env: [['B', 'y']] }, ['b', 'c'], folder);
    expect(extras.guest).toEqual({ command: ['b', 'c'], env: { A: 'x', B: 'y' } });
    await file('kernel: k\nguest: true\n');
    await expect(vmRequest({}, [], folder)).rejects.toThrow('give one of');
    await file('kernel: k\n');
    await expect(vmRequest({ env: [['A', 'x']] }, [], folder)).rejects.toThrow('add --guest');
  });
});

describe('a spec without secrets', () => {
  it('shows neither the command line nor any text of the driver options', () => {
    const spec = {
      name: 'web',
      cmdline: 'token=x',
      driverOptions: { a: 'x', b: 1, c: [true, 'x'], d: { e: 'x', f: null } },
    };
    const shown = withoutSecrets(spec as unknown as Parameters<typeof withoutSecrets>[0]);
    expect(shown).toEqual({
      name: 'web',
      cmdline: HIDDEN,
      driverOptions: { a: HIDDEN, b: 1, c: [true, HIDDEN], d: { e: HIDDEN, f: null } },
    });
    expect(withoutSecrets({ ...shown, cmdline: null }).cmdline).toBeNull();
  });
});
