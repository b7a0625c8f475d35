import { once } from 'node:events';
import { link, mkdtemp, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenUnix } from './listen-unix.ts';

let folder: string;
let path: string;
let servers: Server[];
let notes: string[];

const note = (line: string): void => void notes.push(line);

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-listen-'));
  path = join(folder, 'host.sock');
  servers = [];
  notes = [];
});

afterEach(async () => {
  for (const server of servers) server.close();
  await rm(folder, { recursive: true, force: true });
});

function server(): Server {
  const made = createServer((socket) => socket.destroy());
  servers.push(made);
  return made;
}

describe('listenUnix', () => {
  it('listens for its owner alone', async () => {
    await listenUnix(server(), path, note);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('replaces a socket that a dead process has left', async () => {
    const dead = server();
    await listenUnix(dead, path, note);
    await link(path, join(folder, 'kept'));
    dead.close();
    await once(dead, 'close');
    await link(join(folder, 'kept'), path);
    await unlink(join(folder, 'kept'));
    await listenUnix(server(), path, note);
    const client = createConnection(path);
    await once(client, 'connect');
    client.destroy();
  });

  it('leaves one that somebody serves', async () => {
    await listenUnix(server(), path, note);
    await expect(listenUnix(server(), path, note)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const client = createConnection(path);
    await once(client, 'connect');
    client.destroy();
  });

  it('does not remove what is no socket', async () => {
    await writeFile(path, 'precious');
    await expect(listenUnix(server(), path, note)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    expect((await stat(path)).size).toBe(8);
  });

  it('notes a connection that could not be accepted, and goes on', async () => {
    const listening = server();
    await listenUnix(listening, path, note);
    listening.emit('error', new Error('accept EMFILE'));
    expect(notes).toEqual([`a connection to ${path} was lost: accept EMFILE`]);
  });
});
