import { mkdtemp, rm } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readVsockRequest } from './read-vsock-request.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-vsock-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

/** The port that is read from what a client writes, and what is left then. */
async function read(...writes: readonly string[]): Promise<{ port: number | null; rest: string }> {
  const path = join(folder, 's');
  const { promise, resolve } = Promise.withResolvers<Socket>();
  const server = createServer({ allowHalfOpen: true }, resolve);
  await new Promise<void>((listening) => server.listen(path, listening));
  const client = createConnection(path);
  const peer = await promise;
  const port = readVsockRequest(peer);
  for (const write of writes) await new Promise((written) => client.write(write, written));
  client.end();
  try {
    return { port: await port, rest: await text(peer) };
  } finally {
    peer.destroy();
    server.close();
  }
}

describe('readVsockRequest', () => {
  it.each([['CONNECT 5000\n'], ['CONN', 'ECT 50', '00\n'], ['CONNECT 5000\r\n']])(
    'reads a port from %j',
    async (...writes) => {
      expect(await read(...writes)).toEqual({ port: 5000, rest: '' });
    },
  );

  it('leaves what follows', async () => {
    expect(await read('CONNECT 1\nhello\n', 'world')).toEqual({ port: 1, rest: 'hello\nworld' });
    expect(await read('CONNECT 4294967295\nx')).toEqual({ port: 4_294_967_295, rest: 'x' });
  });

  it.each(['', 'CONNECT', 'CONNECT x\n', 'CONNECT 4294967296\n', 'GET / HTTP/1.1\r\n', 'x'.repeat(100_000), '\n'])(
    'reads nothing from %.30j',
    async (request) => {
      expect((await read(request)).port).toBeNull();
    },
  );
});
