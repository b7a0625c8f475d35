import type { IncomingMessage } from 'node:http';
import { checkedPort, type ReadinessProbe } from './probe.ts';

/** What an HTTP probe asks for. */
export interface HttpProbeOptions {
  readonly port: number;
  /** Path and query. Default `/`. */
  readonly path?: string;
  /** Default: the guest's address. */
  readonly host?: string;
  /** The status that means ready. Default: any from 200 to 299. Redirects are not followed. */
  readonly status?: number;
}

/** Ready when a GET request is answered with the wanted status. Throws `TypeError` for what is no port or path. */
export function http(options: HttpProbeOptions): ReadinessProbe {
  const { path = '/', host, status } = options;
  const port = checkedPort(options.port);
  if (!path.startsWith('/')) throw new TypeError(`not a path: '${path}'; it must begin with '/'`);
  return {
    name: `http:${host === undefined ? '' : `${host}:`}${port}${path}`,
    async check(target, signal) {
      const response = await get({ host: host ?? target.ip, port, path, signal });
      // Only the status counts; the rest of the answer need not come.
      response.destroy();
      const got = response.statusCode ?? 0;
      const fine = status === undefined ? got >= 200 && got <= 299 : got === status;
      if (!fine) throw new Error(`answered with status ${got}, not ${status ?? '2xx'}`);
    },
  };
}

async function get(where: { host: string; port: number; path: string; signal: AbortSignal }): Promise<IncomingMessage> {
  // Half of what importing this package would cost; few programs use this probe.
  const { request } = await import('node:http');
  return await new Promise((resolve, reject) => {
    // Without an agent: a kept-alive connection would keep the process alive too.
    const asked = request({ ...where, agent: false });
    asked.once('response', resolve);
    asked.on('error', reject);
    asked.end();
  });
}
