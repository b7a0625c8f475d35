import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectHybridVsock } from './hybrid-vsock.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-vsock-'));
  path = join(folder, 'vsock.sock');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function listening(onConnection: (socket: Socket) => void): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const onRequest =
  (answer: string) =>
  (socket: Socket): void =>
    void socket.once('data', (request) => socket.write(`${answer.replace('<request>', String(request).trim())}`));

describe('connectHybridVsock', () => {
  it('asks for the port, and passes on what follows the answer in the same packet', async () => {
    await using _ = await listening(onRequest('OK 1073741824\n<request>'));
    const stream = await connectHybridVsock(path, 5000, 'test');
    const [first] = (await stream.take(1).toArray()) as Buffer[];
    expect(first?.toString()).toBe('CONNECT 5000');
    stream.destroy();
  });

  it.each([
    ['closes at once', (socket: Socket): void => void socket.end(), 'the connection was closed'],
    ['answers something else', onRequest('SORRY\n'), 'SORRY'],
    ['never ends its line', onRequest('x'.repeat(100)), 'x'.repeat(100)],
  ])('is an error with the native words when the other side %s', async (_, onConnection, native) => {
    await using __ = await listening(onConnection);
    await expect(connectHybridVsock(path, 1, 'test')).rejects.toMatchObject({
      code: 'HYPERVISOR',
      details: { operation: 'vsock', native },
    });
  });

  it('is given up with its signal, and refuses a port that is none', async () => {
    await using _ = await listening(() => undefined);
    const bound = new AbortController();
    const connecting = connectHybridVsock(path, 1, 'test', { signal: bound.signal });
    bound.abort(new Error('enough'));
    await expect(connecting).rejects.toThrow('enough');
    await expect(connectHybridVsock(path, -1, 'test')).rejects.toThrow(TypeError);
  });
});
