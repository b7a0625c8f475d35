import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, readlinkSync, readSync, writeSync } from 'node:fs';
import { access, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { loadAddon } from '@vmrs/applevz-addon';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WireNetworkSpec } from '../src/control/protocol.ts';
import { openDouble } from './support/double.ts';
import { type ConnectedHost, HostUnderTest } from './support/host-under-test.ts';

const MAC = '02:00:00:00:00:01';
const FRAME = Buffer.from('a frame');

const { path: addon, missing } = await openDouble();

let host: HostUnderTest;

beforeEach(async () => {
  host = await HostUnderTest.prepare(addon);
});

afterEach(() => host[Symbol.asyncDispose]());

/** Makes a machine with one network. Its scripted guest sends back the frames that it gets. */
async function create({ controller }: ConnectedHost, network: WireNetworkSpec): Promise<void> {
  await controller.call('create', { spec: await host.folder.spec([], { networks: [network] }) });
}

/** What each descriptor of a host is. */
async function descriptors({ child }: ConnectedHost): Promise<readonly string[]> {
  const folder = `/proc/${child.pid}/fd`;
  return Promise.all((await readdir(folder)).map((fd) => readlink(`${folder}/${fd}`).catch(() => 'closed')));
}

/** Reads from a socket that does not block. */
async function receive(fd: number): Promise<string> {
  const frame = Buffer.alloc(1024);
  for (;;) {
    try {
      return frame.toString('utf8', 0, readSync(fd, frame));
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith('EAGAIN')) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe.skipIf(missing !== null)(`a host's networks${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  it('are sockets that it inherits, and does not keep', async () => {
    const [machine, peer] = loadAddon({ path: addon }).datagramPair();
    const socket = readlinkSync(`/proc/self/fd/${machine}`);
    const running = await host.connected({ fds: [machine] });
    closeSync(machine);
    const inherited = await descriptors(running);
    await create(running, { kind: 'socket', mac: MAC, fd: 3, mtu: 1500 });
    await running.controller.call('start', {});
    writeSync(peer, FRAME);
    expect(await receive(peer)).toBe('a frame');
    const duplicated = await descriptors(running);
    const count = (names: readonly string[]): number => names.filter((name) => name === socket).length;
    expect([count(inherited), count(duplicated)]).toEqual([1, 1]);
    await running.controller.call('stop', {});
    await running.exited;
    expect(() => writeSync(peer, FRAME)).toThrow(/ECONNREFUSED|EPIPE|ENOTCONN|ECONNRESET/);
    closeSync(peer);
  });

  it('are sockets that others have bound, to which it binds its own', async () => {
    const path = join(host.folder.path, 'net.sock');
    const local = join(host.folder.path, 'net-0.sock');
    const peer = spawn('perl', [join(import.meta.dirname, 'fixtures', 'datagram-peer.pl'), path]);
    const ended = once(peer, 'exit');
    const lines = createInterface({ input: peer.stdout })[Symbol.asyncIterator]();
    expect((await lines.next()).value).toBe('bound');
    const running = await host.connected();
    await create(running, { kind: 'socket-path', mac: MAC, path, local, mtu: 1500 });
    await running.controller.call('start', {});
    const sockets = (await descriptors(running)).filter((name) => name.startsWith('socket:'));
    expect(sockets.length).toBe(new Set(sockets).size);
    peer.stdin.write(`${local}\n`);
    expect((await lines.next()).value).toBe('a frame');
    await ended;
    await running.controller.call('stop', {});
    await running.exited;
    await expect(access(local)).rejects.toThrow('ENOENT');
  });

  it('are refused when nobody has bound their socket, and nothing is left', async () => {
    const local = join(host.folder.path, 'net-0.sock');
    const running = await host.connected();
    const creating = create(running, { kind: 'socket-path', mac: MAC, path: '/nowhere/net.sock', local, mtu: 1500 });
    await expect(creating).rejects.toThrow(/the network socket \/nowhere\/net\.sock cannot be connected to: .*ENOENT/);
    await expect(access(local)).rejects.toThrow('ENOENT');
    await running.controller.call('create', { spec: await host.folder.spec() });
  });
});
