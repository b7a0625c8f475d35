import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { access, readdir } from 'node:fs/promises';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { connectHybridVsock } from '@vmrs/driver-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDouble } from './support/double.ts';
import { type ConnectedHost, HostUnderTest } from './support/host-under-test.ts';

/** Ports on which a scripted guest listens: one gives back what it gets, the other connects to the port that it reads and does so there. */
const ECHO = 7;
const CALL_BACK = 8;

/** A port of the host. */
const HOST_PORT = 5000;

const { path: addon, missing } = await openDouble();

let host: HostUnderTest;
let running: ConnectedHost;
const servers: Server[] = [];

beforeEach(async () => {
  host = await HostUnderTest.prepare(addon);
  if (missing !== null) return;
  running = await host.connected();
  await running.controller.call('create', { spec: await host.folder.spec([], { vsock: true }) });
  await running.controller.call('start', {});
});

afterEach(async () => {
  for (const server of servers.splice(0)) server.close();
  await host[Symbol.asyncDispose]();
});

const dial = (port: number): Promise<Duplex> => connectHybridVsock(host.folder.vsock, port, 'test');

/** Descriptors of the host. */
async function descriptors(): Promise<number> {
  return (await readdir(`/proc/${running.child.pid}/fd`)).length;
}

/** Listens where the guest's connections to {@link HOST_PORT} arrive; resolves with the first. */
async function hostListens(): Promise<{ readonly arrived: Promise<Socket> }> {
  const { promise, resolve } = Promise.withResolvers<Socket>();
  const server = createServer({ allowHalfOpen: true }, resolve);
  servers.push(server);
  await new Promise<void>((listening) => server.listen(`${host.folder.vsock}_${HOST_PORT}`, listening));
  return { arrived: promise };
}

/** Has the guest connect to the host; resolves with its answer. */
async function guestDials(): Promise<string> {
  const stream = await dial(CALL_BACK);
  stream.write(`${HOST_PORT}\n`);
  return (await text(stream)).trim();
}

describe.skipIf(missing !== null)(
  `the vsock socket of a host${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    it('carries megabytes both ways, and each direction ends by itself', async () => {
      const sent = randomBytes(8 * 1024 * 1024);
      const stream = await dial(ECHO);
      stream.end(sent);
      expect((await buffer(stream)).equals(sent)).toBe(true);
    });

    it('carries many connections at a time, and keeps nothing of them', async () => {
      const before = await descriptors();
      await Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const stream = await dial(ECHO);
          stream.end(`hello ${index}`);
          expect(await text(stream)).toBe(`hello ${index}`);
        }),
      );
      while ((await descriptors()) > before) await new Promise((resolve) => setImmediate(resolve));
    });

    it('waits for an end that does not read', async () => {
      const stream = await dial(ECHO);
      const flood = Buffer.alloc(64 * 1024, 'x');
      let given = 0;
      let taken = 0;
      // What the sockets and streams in between hold is some hundred KiB; a host that read on would take all, while it has as many turns as it likes.
      for (let idle = 0; idle < 50 && taken < 32 * 1024 * 1024; idle += 1) {
        if (given === taken) {
          given += flood.length;
          stream.write(flood, () => {
            taken = given;
            idle = 0;
          });
        }
        await running.controller.call('state', {});
      }
      expect(taken).toBeLessThan(8 * 1024 * 1024);
      stream.destroy();
    });

    it('closes a connection to a port at which nobody listens, and one that says something else', async () => {
      await expect(dial(9)).rejects.toThrow('no program of the guest accepts connections on vsock port 9');
      const socket = createConnection(host.folder.vsock);
      socket.write('GET / HTTP/1.1\r\n\r\n');
      expect(await text(socket)).toBe('');
      expect(await running.controller.call('state', {})).toEqual({ state: 'running' });
    });

    it('ends a connection to the guest when the host’s program breaks off', async () => {
      const before = await descriptors();
      const stream = await dial(ECHO);
      stream.write('x');
      await once(stream, 'data');
      stream.destroy();
      while ((await descriptors()) > before) await new Promise((resolve) => setImmediate(resolve));
    });

    it('passes the guest’s connections on once they are listened for', async () => {
      expect(await guestDials()).toBe('refused');
      const { arrived } = await hostListens();
      await running.controller.call('listen-vsock', { port: HOST_PORT });
      expect(await guestDials()).toBe('ok');
      const stream = await arrived;
      const sent = randomBytes(1024 * 1024);
      stream.end(sent);
      expect((await buffer(stream)).equals(sent)).toBe(true);
      await running.controller.call('unlisten-vsock', { port: HOST_PORT });
      expect(await guestDials()).toBe('refused');
    });

    it('closes the guest’s connections when no program of the host takes them', async () => {
      const before = await descriptors();
      await running.controller.call('listen-vsock', { port: HOST_PORT });
      expect(await guestDials()).toBe('ok');
      while ((await descriptors()) > before) await new Promise((resolve) => setImmediate(resolve));
    });

    it('ends with the machine, and so do the connections', async () => {
      const stream = await dial(ECHO);
      stream.on('error', () => stream.destroy());
      stream.resume();
      const closed = once(stream, 'close');
      await running.controller.call('stop', {});
      await Promise.all([closed, running.exited]);
      await expect(access(host.folder.vsock)).rejects.toThrow('ENOENT');
    });
  },
);
