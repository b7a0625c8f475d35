import { readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { defaults, FakeHost } from './fixtures/host.ts';
import { checkConfig } from './index.ts';

let host: FakeHost;

beforeEach(() => {
  host = new FakeHost();
});

describe('checkConfig', () => {
  it('fills in every default', async () => {
    const { spec, problems } = await checkConfig({ name: 'my-vm.01', kernel: host.kernel }, defaults);
    expect(problems).toEqual([]);
    expect(spec).toEqual({
      name: 'my-vm.01',
      namespace: 'default',
      kernel: host.kernel,
      initramfs: null,
      rootDisk: null,
      dataDisk: null,
      seedIso: null,
      cpus: 1,
      memoryMb: 512,
      networks: [],
      sharedDirs: [],
      serialLog: '/state/default/my-vm.01/serial.log',
      cmdline: null,
      netns: null,
      vsock: false,
      machineId: null,
      efiVariableStore: null,
      rosetta: false,
      driverOptions: {},
    });
  });

  it('takes every field, and a field that is undefined as absent', async () => {
    const socket = host.path('switch.sock');
    const server = createServer().listen(socket);
    onTestFinished(() => {
      server.close();
    });
    await new Promise((resolve) => server.once('listening', resolve));
    const data = host.file('data.img', 'data');
    const vars = host.file('vars.fd', 'vars');
    const given = {
      name: 'web',
      namespace: 'team-1',
      kernel: host.kernel,
      initramfs: host.initramfs,
      rootDisk: host.disk,
      dataDisk: data,
      seedIso: host.seed,
      cpus: 4,
      memoryMb: 2048,
      networks: [
        { type: 'tap', name: 'tap0', mac: '52:54:00:AB:cd:EF' },
        { type: 'socket', path: socket, mac: undefined },
        { type: 'nat', ports: [{ hostPort: 8080, guestPort: 80 }] },
      ],
      sharedDirs: [{ hostPath: host.share, tag: 'src', readOnly: true }],
      serialLog: host.path('serial.log'),
      cmdline: 'console=ttyS0',
      netns: 'blue',
      vsock: true,
      machineId: '6f1e3c52-0000-4000-8000-000000000001',
      efiVariableStore: vars,
      rosetta: undefined,
      driverOptions: { cpu: { cores: [0, 1], pinned: null }, none: undefined },
    };
    const { spec, problems } = await checkConfig(given, defaults);
    expect(problems).toEqual([]);
    expect(spec).toEqual({
      ...given,
      networks: [
        { type: 'tap', name: 'tap0', mac: '52:54:00:ab:cd:ef', create: false, bridge: null },
        { type: 'socket', path: socket, mac: null },
        {
          type: 'nat',
          mac: null,
          ports: [{ hostPort: 8080, guestPort: 80, protocol: 'tcp', hostAddress: '127.0.0.1' }],
        },
      ],
      rosetta: false,
      driverOptions: { cpu: { cores: [0, 1], pinned: null } },
    });
    // Nobody can change it any more.
    given.driverOptions.cpu.cores.push(2);
    expect(spec?.driverOptions).toEqual({ cpu: { cores: [0, 1], pinned: null } });
  });

  it('takes nothing but plain JSON for options of the driver, and names every place where it is none', async () => {
    const driverOptions = { a: { b: Number.NaN, list: [1, new Date()] }, c: () => 1, d: 'fine' };
    expect(await host.problemsOf({ driverOptions, cpus: 0 })).toEqual([
      'cpus: cpus must be at least 1',
      'driverOptions.a.b: must be a finite number, got NaN',
      'driverOptions.a.list[1]: must be plain JSON, got an object of class Date',
      'driverOptions.c: must be plain JSON, got a function',
    ]);
    for (const wrong of [null, [], 'text', 5]) {
      await host.expectProblem({ driverOptions: wrong }, 'driverOptions', 'must be an object');
    }
    await host.expectProblem({ driverOption: {} }, 'driverOption', "did you mean 'driverOptions'");
  });

  it('lists every problem at once, of the shape, of contradictions and of files, and writes nothing', async () => {
    const before = readdirSync(host.folder);
    const { spec, problems } = await checkConfig(
      {
        name: '../etc',
        kernel: host.path('missing'),
        cpus: 0,
        memory_mb: 512,
        seedIso: host.share,
        networks: [{ type: 'tap', name: 'a b', mac: '01:00:5e:00:00:01' }],
        sharedDirs: [
          { hostPath: host.path('nowhere'), tag: 'x' },
          { hostPath: host.share, tag: 'x' },
        ],
        serialLog: host.path('no-folder/serial.log'),
      },
      defaults,
    );
    expect(spec).toBeNull();
    expect(problems.map(({ path }) => path).toSorted()).toEqual([
      'cpus',
      'kernel',
      'memory_mb',
      'name',
      'name',
      'networks[0].mac',
      'networks[0].name',
      'seedIso',
      'seedIso',
      'serialLog',
      'sharedDirs[0].hostPath',
      'sharedDirs[1].tag',
    ]);
    expect(readdirSync(host.folder)).toEqual(before);
  });

  it('gives a spec when only files are wrong', async () => {
    const { spec, problems } = await checkConfig({ name: 'web', kernel: '/missing' }, defaults);
    expect(spec?.kernel).toBe('/missing');
    expect(problems.length).toBe(1);
  });

  it.each([null, undefined, 'web', 7, [], () => {}])('refuses %s as a configuration', async (input) => {
    const { spec, problems } = await checkConfig(input, defaults);
    expect(spec).toBeNull();
    expect(problems.length).toBe(1);
    expect(problems[0]?.message).toMatch(/^the configuration (must be an object|is required)/);
  });
});

describe('names', () => {
  it.each([
    ['', 'VM name must not be empty'],
    ['../etc', 'must contain only alphanumeric characters'],
    ['a/b', 'must contain only alphanumeric characters'],
    ['a b', 'must contain only alphanumeric characters'],
    ['w\u00e9b', 'must contain only alphanumeric characters'],
    ['web\n', 'must contain only alphanumeric characters'],
    ['-x', "must not start with '.' or '-'"],
    ['.', "must not start with '.' or '-'"],
    ['..', "must not start with '.' or '-'"],
    ['a'.repeat(129), 'must be 128 characters or fewer'],
  ])('refuses %j', async (name, words) => {
    expect((await host.problemsOf({ name })).join()).toContain(words);
    expect((await host.problemsOf({ namespace: name })).join()).toContain(words.replace('VM name', 'namespace'));
  });

  it.each(['a', 'my-vm.01', 'A_b', '0', 'a'.repeat(128)])('takes %j', async (name) => {
    expect(await host.problemsOf({ name, namespace: name })).toEqual([]);
  });

  it('needs a name', async () => {
    await host.expectProblem({ name: undefined }, 'name', 'name is required');
    await host.expectProblem({ name: 7 }, 'name', 'name must be text, got 7');
  });
});

describe('unknown fields and wrong types', () => {
  it.each([
    ['memory_mb', "did you mean 'memoryMb'?"],
    ['memory', "did you mean 'memoryMb'?"],
    ['cpu', "did you mean 'cpus'?"],
    ['kernal', "did you mean 'kernel'?"],
    ['SharedDirs', "did you mean 'sharedDirs'?"],
  ])('suggests what %s was meant to be', async (field, words) => {
    await host.expectProblem({ [field]: 1 }, field, words);
  });

  it('suggests nothing for what is far from everything', async () => {
    expect(await host.problemsOf({ xyzzy: 1 })).toEqual(['xyzzy: unknown field']);
  });

  it('sees the holes in a list', async () => {
    const input = { name: 'web', kernel: host.kernel, sharedDirs: Object.assign([], { 1: false }), networks: Array(1) };
    const paths = (await checkConfig(input, defaults)).problems.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['sharedDirs[0]', 'sharedDirs[1]', 'networks[0]']));
  });

  it('sees a field called __proto__', async () => {
    const input: unknown = JSON.parse(`{"name":"web","kernel":${JSON.stringify(host.kernel)},"__proto__":{"cpus":2}}`);
    const { problems } = await checkConfig(input, defaults);
    expect(problems).toMatchObject([{ path: '__proto__', message: 'unknown field' }]);
  });

  it('names the place of a field within a list', async () => {
    await host.expectProblem(
      { networks: [{ type: 'nat' }, { type: 'nat', macs: 'x' }] },
      'networks[1].macs',
      "did you mean 'mac'?",
    );
    await host.expectProblem(
      { networks: [{ type: 'nat', ports: [{ hostPort: 1, guestPort: 2, proto: 'tcp' }] }] },
      'networks[0].ports[0].proto',
      'unknown field',
    );
    await host.expectProblem(
      { sharedDirs: [{ hostPath: host.share, tag: 'a', readonly: true }] },
      'sharedDirs[0].readonly',
      "'readOnly'",
    );
  });

  it.each([
    [{ memoryMb: 'lots' }, 'memoryMb', 'memoryMb must be a whole number, got "lots"'],
    [{ memoryMb: 0 }, 'memoryMb', 'memoryMb must be at least 1'],
    [{ memoryMb: 2 ** 40 }, 'memoryMb', 'memoryMb must be at most 67108864'],
    [{ cpus: 0 }, 'cpus', 'cpus must be at least 1'],
    [{ cpus: -1 }, 'cpus', 'cpus must be at least 1'],
    [{ cpus: 1025 }, 'cpus', 'cpus must be at most 1024'],
    [{ cpus: 1.5 }, 'cpus', 'cpus must be a whole number, got 1.5'],
    [{ cpus: Number.NaN }, 'cpus', 'got NaN'],
    [{ cpus: Number.POSITIVE_INFINITY }, 'cpus', 'got Infinity'],
    [{ cpus: '2' }, 'cpus', 'cpus must be a whole number, got "2"'],
    [{ cpus: null }, 'cpus', 'got null'],
    [{ vsock: 'yes' }, 'vsock', 'vsock must be true or false, got "yes"'],
    [{ networks: {} }, 'networks', 'networks must be a list'],
    [{ networks: ['tap0'] }, 'networks[0]', 'must be an object, got "tap0"'],
    [{ sharedDirs: 'x' }, 'sharedDirs', 'must be a list'],
    [{ initramfs: Buffer.from('/x') }, 'initramfs', 'initramfs must be text'],
    [{ networks: Array(65).fill({ type: 'nat' }) }, 'networks', 'at most 64 items'],
  ])('refuses %j', async (changes, path, words) => {
    const problems = await host.problemsOf(changes);
    expect(problems).toEqual([expect.stringContaining(words)]);
    expect(problems[0]).toMatch(new RegExp(`^${path.replaceAll(/[[\]]/g, '\\$&')}: `));
  });
});
