import { getEventListeners, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isVmError, type JsonObject } from '@vmrs/core/driver';
import { connectOnce } from '@vmrs/driver-kit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { QmpConnection } from './qmp-connection.ts';

const GREETING =
  '{"QMP": {"version": {"qemu": {"micro": 0, "minor": 0, "major": 10}, "package": ""}, "capabilities": []}}\r\n';

let folder: string;
let server: Server;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-qmp-'));
  path = join(folder, 'qmp.sock');
});

afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true, force: true });
});

/** A monitor that greets and hands each command to `answer`. */
async function monitor(
  answer: (command: { execute: string; id: number; arguments?: JsonObject }, socket: Socket) => void,
): Promise<void> {
  server = createServer((socket) => {
    socket.on('error', () => undefined); // The client may go at any time.
    socket.write(GREETING);
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('utf8');
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
        const command = JSON.parse(text.slice(0, end)) as { execute: string; id: number };
        text = text.slice(end + 1);
        if (command.execute === 'qmp_capabilities') socket.write(`{"return": {}, "id": ${command.id}}\r\n`);
        else answer(command, socket);
      }
    });
  }).listen(path);
  await once(server, 'listening');
}

describe('QmpConnection', () => {
  it('shakes hands, runs commands in order and matches answers that come out of order', async () => {
    const held: number[] = [];
    await monitor(({ id }, socket) => {
      held.push(id);
      if (held.length === 3)
        socket.write(
          held
            .reverse()
            .map((one) => `{"return": ${one}, "id": ${one}}\n`)
            .join(''),
        );
    });
    const connection = await QmpConnection.open(await connectOnce(path));
    expect(connection.version.major).toBe(10);
    expect(await Promise.all(['a', 'b', 'c'].map((command) => connection.execute(command)))).toEqual([2, 3, 4]);
    connection.close();
    expect(await connection.closed).toBeNull();
  });

  it('passes events on until told not to', async () => {
    await monitor(({ id }, socket) => socket.write(`{"event": "STOP"}\n{"return": {}, "id": ${id}}\n`));
    const connection = await QmpConnection.open(await connectOnce(path));
    const seen: string[] = [];
    const forget = connection.onEvent(({ name }) => seen.push(name));
    await connection.execute('stop');
    forget();
    await connection.execute('stop');
    expect(seen).toEqual(['STOP']);
    connection.close();
  });

  it("rejects with QEMU's own words", async () => {
    await monitor(({ id }, socket) =>
      socket.write(`{"error": {"class": "GenericError", "desc": "no such thing"}, "id": ${id}}\n`),
    );
    const connection = await QmpConnection.open(await connectOnce(path));
    await expect(connection.execute('cont')).rejects.toMatchObject({
      code: 'HYPERVISOR',
      details: { operation: 'cont', native: 'no such thing' },
    });
    connection.close();
  });

  it('rejects everything that waits when the connection ends, and what comes later', async () => {
    await monitor(({ execute }, socket) => {
      if (execute === 'last') socket.destroy();
    });
    const connection = await QmpConnection.open(await connectOnce(path));
    const calls = ['first', 'second', 'last'].map((command) => connection.execute(command));
    for (const result of await Promise.allSettled(calls)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'HYPERVISOR' } });
    }
    await connection.closed;
    await expect(connection.execute('later')).rejects.toSatisfy((error) => isVmError(error, 'HYPERVISOR'));
  });

  it('ends the connection at something that is no QMP', async () => {
    await monitor((_, socket) => socket.write('hello\n'));
    const connection = await QmpConnection.open(await connectOnce(path));
    await expect(connection.execute('stop')).rejects.toMatchObject({
      cause: { message: expect.stringContaining('no JSON') },
    });
    expect((await connection.closed)?.message).toContain('no JSON');
  });

  it('gives a call up at its deadline and at an abort, and goes on with the next one', async () => {
    await monitor(({ execute, id }, socket) => {
      // The answer to a call that was given up comes late, and is nobody's.
      if (execute !== 'never') socket.write(`{"return": "late", "id": 2}\n{"return": {}, "id": ${id}}\n`);
    });
    const connection = await QmpConnection.open(await connectOnce(path));
    await expect(connection.execute('never', undefined, { deadlineMs: 20 })).rejects.toThrow(/within 20 ms/);
    const abort = new AbortController();
    const call = connection.execute('never', undefined, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    await expect(
      connection.execute('never', undefined, { signal: AbortSignal.abort(new Error('before')) }),
    ).rejects.toThrow('before');
    expect(await connection.execute('query-status')).toEqual({});
    connection.close();
  });

  it('does not wait for a monitor that accepts and says nothing', async () => {
    server = createServer(() => undefined).listen(path);
    await once(server, 'listening');
    const opening = QmpConnection.open(await connectOnce(path), { deadlineMs: 30 });
    await expect(opening).rejects.toThrow(/'greeting' within 30 ms/);
  });
});
