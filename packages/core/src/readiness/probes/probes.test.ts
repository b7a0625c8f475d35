import { getEventListeners } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it, onTestFinished } from 'vitest';
import { allOf, anyOf, http, type ReadinessProbe, tcp, unixSocket, vsockPort } from '../index.ts';

const target = { name: 'web', ip: '127.0.0.1' };
const { signal } = new AbortController();

async function listening<S extends Server>(
  server: S,
  where: { path: string } | { port: number; host: string },
): Promise<number> {
  await new Promise<void>((resolve) => server.listen(where, resolve));
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

const local = { port: 0, host: '127.0.0.1' };

async function closedPort(): Promise<number> {
  const server = createServer();
  const port = await listening(server, local);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function tempFile(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'vmrs-probe-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, name);
}

const passes: ReadinessProbe = { name: 'passes', check: async () => {} };
const fails: ReadinessProbe = { name: 'fails', check: () => Promise.reject(new Error('not yet')) };

describe('tcp', () => {
  it('passes when a connection is accepted, at the guest or elsewhere', async () => {
    const port = await listening(createServer(), local);
    await tcp(port).check(target, signal);
    await tcp({ port, host: '127.0.0.1' }).check({ ...target, ip: '192.0.2.1' }, signal);
  });

  it('fails with the reason when it is refused', async () => {
    await expect(tcp(await closedPort()).check(target, signal)).rejects.toThrow('ECONNREFUSED');
  });

  it('is given up with its signal, and leaves no listener on it', async () => {
    const controller = new AbortController();
    // From the range for documentation: nobody answers.
    const attempt = tcp(9).check({ ...target, ip: '192.0.2.1' }, controller.signal);
    controller.abort(new Error('given up'));
    await expect(attempt).rejects.toThrow();
    expect(getEventListeners(controller.signal, 'abort').length).toBe(0);
  });

  it('refuses what is no port', () => {
    for (const port of [0, -1, 65_536, 1.5, Number.NaN]) expect(() => tcp(port)).toThrow(TypeError);
  });
});

describe('unixSocket', () => {
  it('passes when a connection is accepted', async () => {
    const path = tempFile('app.sock');
    await expect(unixSocket(path).check(target, signal)).rejects.toThrow('ENOENT');
    await listening(createServer(), { path });
    await unixSocket(path).check(target, signal);
  });

  it('is not content with the existence of the path', async () => {
    const path = tempFile('app.sock');
    writeFileSync(path, '');
    await expect(unixSocket(path).check(target, signal)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('http', () => {
  it('passes with the wanted status only', async () => {
    const asked: string[] = [];
    const server = createHttpServer((request, response) => {
      asked.push(request.url ?? '');
      response.statusCode = request.url === '/healthy' ? 204 : 503;
      response.end('body');
    });
    const port = await listening(server, local);
    await http({ port, path: '/healthy' }).check(target, signal);
    await http({ port, status: 503 }).check(target, signal);
    await expect(http({ port }).check(target, signal)).rejects.toThrow('status 503, not 2xx');
    expect(asked).toEqual(['/healthy', '/', '/']);
  });

  it('is given up with its signal while the answer does not come', async () => {
    const port = await listening(
      createHttpServer(() => {}),
      local,
    );
    const controller = new AbortController();
    const attempt = http({ port }).check(target, controller.signal);
    setTimeout(() => controller.abort(), 20);
    await expect(attempt).rejects.toThrow();
  });

  it('refuses what is no port or path', () => {
    expect(() => http({ port: 0 })).toThrow(TypeError);
    expect(() => http({ port: 80, path: 'health' })).toThrow(TypeError);
  });
});

describe('vsockPort', () => {
  it('passes when the connection is made, and closes it', async () => {
    const connection = new PassThrough();
    await vsockPort(5000).check({ ...target, vsock: async () => connection }, signal);
    expect(connection.destroyed).toBe(true);
  });

  it('says that the driver cannot', async () => {
    await expect(vsockPort(5000).check(target, signal)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    await expect(allOf(vsockPort(5000)).check(target, signal)).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });
});

describe('allOf and anyOf', () => {
  it('need all or any of their probes', async () => {
    await allOf(passes, passes).check(target, signal);
    await allOf().check(target, signal);
    await expect(allOf(passes, fails).check(target, signal)).rejects.toThrow('fails: not yet');
    await anyOf(fails, passes).check(target, signal);
    await expect(anyOf(fails, fails).check(target, signal)).rejects.toThrow('fails: not yet; fails: not yet');
    expect(() => anyOf()).toThrow(TypeError);
    expect(allOf(passes, anyOf(fails, passes)).name).toBe('allOf(passes, anyOf(fails, passes))');
  });

  it('give up the others once it is decided', async () => {
    let told: AbortSignal | undefined;
    const hanging: ReadinessProbe = {
      name: 'hanging',
      check: (_, its) => {
        told = its;
        return new Promise(() => {});
      },
    };
    await anyOf(hanging, passes).check(target, signal);
    expect(told?.aborted).toBe(true);
    await expect(allOf(hanging, fails).check(target, signal)).rejects.toThrow('not yet');
    expect(told?.aborted).toBe(true);
  });
});
