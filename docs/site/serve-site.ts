import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** A site that is served on the loopback interface until it is disposed. */
export interface ServedSite extends AsyncDisposable {
  /** Without a slash at the end. */
  readonly url: string;
}

/** Serves the built site in `folder` as static hosts do: `/guide/install` is `guide/install.html`. */
export async function serveSite(folder: string): Promise<ServedSite> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://site');
    const wanted = decodeURI(pathname);
    const candidates = wanted.endsWith('/') ? [`${wanted}index.html`] : [wanted, `${wanted}.html`];
    for (const candidate of candidates) {
      const body = await readFile(join(folder, candidate)).catch(() => null);
      if (body === null) continue;
      response.writeHead(200, { 'content-type': TYPES[extname(candidate)] ?? 'application/octet-stream' }).end(body);
      return;
    }
    response.writeHead(404, { 'content-type': 'text/plain' }).end('not found');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
