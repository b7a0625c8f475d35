import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@vmrs/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiClient } from './api-client.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vmrs-api-'));
  path = join(folder, 'api.sock');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

interface Server extends AsyncDisposable {
  /** Every request as it came over the wire. */
  readonly requests: string[];
  connections: number;
}

const NO_CONTENT = 'HTTP/1.1 204 \r\nServer: Cloud Hypervisor API\r\nConnection: keep-alive\r\n\r\n';
const answer = (status: string, body: string): string =>
  `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** Answers each request by what `respond` gives for its first line; null: never. */
async function serve(respond: (line: string, socket: Socket) => string | null): Promise<Server> {
  const sockets = new Set<Socket>();
  const state = { requests: [] as string[], connections: 0 };
  const server = createServer((socket) => {
    state.connections += 1;
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    let rest = '';
    socket.on('data', (bytes) => {
      rest += bytes.toString('latin1');
      for (;;) {
        const end = rest.indexOf('\r\n\r\n');
        if (end === -1) return;
        const length = Number(/content-length: (\d+)/i.exec(rest.slice(0, end))?.[1] ?? 0);
        if (rest.length < end + 4 + length) return;
        const request = rest.slice(0, end + 4 + length);
        rest = rest.slice(request.length);
        state.requests.push(request);
        const text = respond(request.split('\r\n')[0] ?? '', socket);
        if (text !== null) socket.write(text);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return Object.assign(state, {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

const client = (): ApiClient & Disposable => {
  const api = new ApiClient(path, systemClock);
  return Object.assign(api, { [Symbol.dispose]: () => api.close() });
};

describe('ApiClient', () => {
  it('sends a length with every request and never chunks, over one connection', async () => {
    await using server = await serve(() => NO_CONTENT);
    using api = client();
    await api.put('vm.boot');
    await api.put('vm.create', { payload: { kernel: '/k é' } });
    await api.put('vm.pause');
    expect(server.requests.map((text) => text.split('\r\n')[0])).toEqual([
      'PUT /api/v1/vm.boot HTTP/1.1',
      'PUT /api/v1/vm.create HTTP/1.1',
      'PUT /api/v1/vm.pause HTTP/1.1',
    ]);
    for (const text of server.requests) {
      expect(text).toMatch(/content-length: \d+/i);
      expect(text).not.toMatch(/transfer-encoding/i);
      for (const line of text.split('\r\n\r\n')[0]?.split('\r\n') ?? []) expect(line.length).toBeLessThan(1024);
    }
    expect(server.requests[0]).toMatch(/content-length: 0/i);
    expect(server.connections).toBe(1);
  });

  it('makes calls in the order in which they were asked for, each after the answer to the one before', async () => {
    let open = 0;
    let most = 0;
    await using server = await serve((line, socket) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        socket.write(NO_CONTENT);
      }, 5);
      return line === '' ? '' : null;
    });
    using api = client();
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => api.put(name)));
    expect(server.requests.map((text) => text.charAt('PUT /api/v1/'.length))).toEqual(['a', 'b', 'c', 'd']);
    expect(most).toBe(1);
  });

  it.each([
    [
      'a chain of causes',
      '500 ',
      '["Error from API","The VM could not boot","No such file"]',
      'Error from API: The VM could not boot: No such file',
    ],
    ['an error of the protocol', '400 Bad Request', '{"error":"chunked"}', 'chunked'],
    ['an error of the protocol with a line end in it', '400 ', '{ "error": "bad\nrequest" }', 'bad\nrequest'],
    ['plain text', '500 Internal Server Error', 'out of order', 'out of order'],
    [
      'a repeated cause',
      '404 ',
      '["Error from API: VM is not created","VM is not created"]',
      'Error from API: VM is not created',
    ],
    ['a backtrace', '500 ', '["broken\\n\\nStack backtrace:\\n   0: <unknown>"]', 'broken'],
    ['no body', '503 ', '', 'HTTP status 503'],
  ])('passes on %s', async (_, status, body, native) => {
    await using server = await serve(() => answer(status, body));
    using api = client();
    await expect(api.put('vm.boot')).rejects.toMatchObject({
      code: 'HYPERVISOR',
      details: { operation: 'vm.boot', native },
      message: expect.stringContaining(native),
    });
    expect(server.requests).toHaveLength(1);
  });

  it('answers with the content, for statuses 200 and 204 alike', async () => {
    await using _ = await serve((line) =>
      line.includes('ping') ? answer('200 OK', '{"pid":7}') : answer('200 OK', ''),
    );
    using api = client();
    expect(await api.ping()).toEqual({ pid: 7 });
    expect(await api.put('vmm.shutdown')).toBeNull();
  });

  it('is an error when the answer is not JSON', async () => {
    await using _ = await serve(() => answer('200 OK', '{"state":'));
    using api = client();
    await expect(api.info()).rejects.toMatchObject({ code: 'HYPERVISOR', details: { native: '{"state":' } });
  });

  it('gives up at its deadline and with its signal, and is of use afterwards', async () => {
    await using server = await serve((line) => (line.includes('hangs') ? null : NO_CONTENT));
    using api = client();
    await expect(api.put('hangs', undefined, { deadlineMs: 30 })).rejects.toThrow(
      "did not answer 'hangs' within 30 ms",
    );
    const bound = new AbortController();
    const call = api.put('hangs', undefined, { signal: bound.signal });
    bound.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
    await api.put('vm.resume');
    expect(server.requests.length).toBeGreaterThanOrEqual(2);
  });

  it.each([
    ['hangs up', (socket: Socket): void => void socket.destroy()],
    [
      'hangs up in the middle of an answer',
      (socket: Socket): void => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{'),
    ],
    ['talks nonsense', (socket: Socket): void => void socket.end('what?\r\n\r\n')],
  ])('is an error that names the call when the other side %s', async (_, act) => {
    await using __ = await serve((line, socket) => {
      act(socket);
      return line === '' ? '' : null;
    });
    using api = client();
    await expect(api.put('vm.pause')).rejects.toMatchObject({ code: 'HYPERVISOR', details: { operation: 'vm.pause' } });
  });

  it('is an error when nobody listens', async () => {
    using api = client();
    await expect(api.ping()).rejects.toMatchObject({ code: 'HYPERVISOR', message: expect.stringContaining('ENOENT') });
  });
});
