import { closeSync, openSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeHost } from './fixtures/host.ts';
import { isMadeUpTapName, madeUpTapName } from './tap-name.ts';

let host: FakeHost;

beforeEach(() => {
  host = new FakeHost();
});

describe('networks', () => {
  const tap = (name: string, mac?: string) => ({
    networks: [{ type: 'tap', name, ...(mac === undefined ? {} : { mac }) }],
  });

  it.each(['', 'a'.repeat(16), '\u00e9'.repeat(8), 'a/b', 'a b', 'a:b', 'tap%d', '.', '..', '-x', 'a\0b', 'a\nb'])(
    'refuse the interface name %j',
    async (name) => {
      await host.expectProblem(tap(name), 'networks[0].name', 'interface name must');
    },
  );

  it.each(['tap0', 'a'.repeat(15), 'vm-1.eth_0'])('take the interface name %j', async (name) => {
    expect(await host.problemsOf(tap(name))).toEqual([]);
  });

  it.each([
    ['', 'not a MAC address'],
    ['52:54:00:12:34', 'not a MAC address'],
    ['52:54:00:12:34:5g', 'not a MAC address'],
    ['52-54-00-12-34-56', 'not a MAC address'],
    ['52:54:00:12:34:56\n', 'not a MAC address'],
    ['52:54:00:12:34:56,readonly=on', 'not a MAC address'],
    ['00:00:00:00:00:00', 'zero address'],
    ['01:00:5e:00:00:01', 'multicast'],
    ['ff:ff:ff:ff:ff:ff', 'multicast or broadcast'],
  ])('refuse the MAC %j', async (mac, words) => {
    await host.expectProblem(tap('tap0', mac), 'networks[0].mac', words);
  });

  it('take a tap that is to be made with or without a name, and make one up that nobody else has', async () => {
    expect(await host.problemsOf({ networks: [{ type: 'tap', create: true, bridge: 'br0' }] })).toEqual([]);
    expect(await host.problemsOf(tap('mine0'))).toEqual([]);
    const names = Array.from({ length: 100 }, madeUpTapName);
    expect(new Set(names).size).toBe(100);
    for (const name of names) {
      expect(isMadeUpTapName(name)).toBe(true);
      expect(await host.problemsOf(tap(name))).toEqual([]);
    }
    expect(isMadeUpTapName('vmrs0')).toBe(false);
  });

  it.each([
    [{ type: 'tap' }, 'networks[0].name', 'unless the tap is to be made'],
    [{ type: 'tap', name: 'tap0', bridge: 'br0' }, 'networks[0].bridge', 'no meaning without create'],
    [{ type: 'tap', create: false }, 'networks[0].name', 'unless the tap is to be made'],
    [{ type: 'tap', create: true, bridge: 'a/b' }, 'networks[0].bridge', 'interface name must'],
  ])('refuse %j', async (network, path, words) => {
    await host.expectProblem({ networks: [network] }, path, words);
  });

  it('refuse what there can be only once', async () => {
    const mac = '52:54:00:12:34:ab';
    await host.expectProblem(
      {
        networks: [
          { type: 'nat', mac },
          { type: 'tap', name: 'tap0', mac: mac.toUpperCase() },
        ],
      },
      'networks[1].mac',
      'is also networks\\[0\\].mac',
    );
    await host.expectProblem(
      {
        networks: [
          { type: 'tap', name: 'tap0' },
          { type: 'tap', name: 'tap0' },
        ],
      },
      'networks[1].name',
      'is also networks\\[0\\].name',
    );
  });

  it('refuse another type, and fields of another type', async () => {
    await host.expectProblem(
      { networks: [{ type: 'bridge' }] },
      'networks[0].type',
      "must be 'tap', 'socket' or 'nat', got \"bridge\"",
    );
    expect((await host.problemsOf({ networks: [{ name: 'tap0' }] })).length).toBe(1);
    await host.expectProblem({ networks: [{ type: 'nat', name: 'tap0' }] }, 'networks[0].name', 'unknown field');
  });

  it('of type socket have either a descriptor or a path', async () => {
    await host.expectProblem({ networks: [{ type: 'socket' }] }, 'networks[0]', 'either fd or path');
    await host.expectProblem({ networks: [{ type: 'socket', fd: 3, path: '/x' }] }, 'networks[0]', 'either fd or path');
    await host.expectProblem({ networks: [{ type: 'socket', fd: -1 }] }, 'networks[0].fd', 'at least 0');
    await host.expectProblem(
      { networks: [{ type: 'socket', path: host.path('no.sock') }] },
      'networks[0].path',
      'does not exist',
    );
    await host.expectProblem(
      { networks: [{ type: 'socket', path: host.kernel }] },
      'networks[0].path',
      'is not a socket',
    );
  });

  it('of type socket need an open descriptor of a socket', async () => {
    const fd = openSync(host.kernel, 'r');
    await host.expectProblem(
      { networks: [{ type: 'socket', fd }] },
      'networks[0].fd',
      `file descriptor ${fd} is not a socket`,
    );
    closeSync(fd);
    await host.expectProblem(
      { networks: [{ type: 'socket', fd: 9999 }] },
      'networks[0].fd',
      'file descriptor 9999 is not open',
    );
  });

  it('refuse ports that are none, and host ports that collide', async () => {
    const nat = (...ports: object[]) => ({ networks: [{ type: 'nat', ports }] });
    await host.expectProblem(
      nat({ hostPort: 65_536, guestPort: 80 }),
      'networks[0].ports[0].hostPort',
      'at most 65535',
    );
    await host.expectProblem(nat({ hostPort: 1, guestPort: 0 }), 'networks[0].ports[0].guestPort', 'at least 1');
    await host.expectProblem(nat({ hostPort: 1 }), 'networks[0].ports[0].guestPort', 'is required');
    await host.expectProblem(
      nat({ hostPort: 1, guestPort: 2, protocol: 'sctp' }),
      'networks[0].ports[0].protocol',
      "'tcp' or 'udp'",
    );
    await host.expectProblem(
      nat({ hostPort: 1, guestPort: 2, hostAddress: 'localhost' }),
      'networks[0].ports[0].hostAddress',
      'IPv4 or IPv6',
    );
    const web = { hostPort: 8080, guestPort: 80 };
    await host.expectProblem(
      nat(web, { ...web, guestPort: 81 }),
      'networks[0].ports[1].hostPort',
      'host port 8080/tcp is also',
    );
    await host.expectProblem(nat(web, { ...web, hostAddress: '0.0.0.0' }), 'networks[0].ports[1].hostPort', 'is also');
    expect(await host.problemsOf(nat(web, { ...web, protocol: 'udp' }, { ...web, hostAddress: '127.0.0.2' }))).toEqual(
      [],
    );
    expect(await host.problemsOf(nat({ hostPort: 0, guestPort: 1 }, { hostPort: 0, guestPort: 2 }))).toEqual([]);
    const twoNets = {
      networks: [
        { type: 'nat', ports: [web] },
        { type: 'nat', ports: [web] },
      ],
    };
    await host.expectProblem(twoNets, 'networks[1].ports[0].hostPort', 'is also networks\\[0\\].ports\\[0\\].hostPort');
  });

  it.each(['', 'a/b', '..', '-x', 'a b', 'a'.repeat(256)])('refuse the namespace %j', async (netns) => {
    const problems = await host.problemsOf({ netns });
    expect(problems[0]).toMatch(/^netns: network namespace must/);
  });
});
