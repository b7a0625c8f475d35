import { getEventListeners, once } from 'node:events';
import { link, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectWhenListening } from './connect.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-connect-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('connectWhenListening', () => {
  it('connects soon after the socket is there', async () => {
    const path = join(folder, 'late.sock');
    const abort = new AbortController();
    const connecting = connectWhenListening(path, abort.signal);
    await new Promise((resolve) => setTimeout(resolve, 60));
    const server = createServer().listen(path);
    await once(server, 'listening');
    const since = performance.now();
    const socket = await connecting;
    expect(performance.now() - since).toBeLessThan(45);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    socket.destroy();
    server.close();
  });

  it('does not take a path that nobody listens on for a server', async () => {
    const path = join(folder, 'dead.sock');
    const abort = new AbortController();
    // A socket file whose owner is gone: connecting is refused.
    const server = createServer().listen(path);
    await once(server, 'listening');
    await link(path, join(folder, 'kept'));
    server.close();
    await once(server, 'close');
    await link(join(folder, 'kept'), path);
    const connecting = connectWhenListening(path, abort.signal);
    setTimeout(() => abort.abort(new Error('given up')), 40);
    await expect(connecting).rejects.toThrow('given up');
  });

  it('gives up at once when it is aborted before', async () => {
    await expect(connectWhenListening(join(folder, 'x'), AbortSignal.abort(new Error('no')))).rejects.toThrow('no');
  });
});
