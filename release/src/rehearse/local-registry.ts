import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { runServer } from 'verdaccio';
import { run } from '../run.ts';

/** A registry of our own on the loopback interface. */
export interface LocalRegistry extends AsyncDisposable {
  /** With a slash at the end. */
  readonly url: string;
  /** Environment in which npm and pnpm use it, with caches of its own: what is installed came from there. */
  readonly env: NodeJS.ProcessEnv;
}

/**
 * Starts a registry that keeps everything in `folder`, on a free port of 127.0.0.1. Packages of the given names come from nowhere else,
 * so that what has really been published under them cannot help; all others come from the registry that npm is configured with.
 * It listens until it is disposed.
 */
export async function startLocalRegistry(folder: string, names: readonly string[]): Promise<LocalRegistry> {
  await mkdir(folder, { recursive: true });
  const own = { access: '$all', publish: '$all', unpublish: '$none' };
  const server: Server = await runServer({
    storage: join(folder, 'storage'),
    configPath: join(folder, 'config.yaml'),
    self_path: join(folder, 'config.yaml'),
    uplinks: { upstream: await upstream(folder) },
    packages: {
      ...Object.fromEntries(names.map((name) => [name, own])),
      '**': { access: '$all', proxy: 'upstream' },
    },
    auth: { htpasswd: { file: join(folder, 'htpasswd'), max_users: -1 } },
    max_body_size: '100mb',
    log: { type: 'file', path: join(folder, 'log'), level: 'warn', format: 'json' },
    web: { enable: false },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  return {
    url,
    env: await clientEnv(folder, url),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function upstream(cwd: string): Promise<object> {
  const { stdout } = await run('npm', ['config', 'get', 'registry'], { cwd });
  return { url: stdout.trim(), maxage: '1h', timeout: '60s', max_fails: 10 };
}

async function clientEnv(folder: string, url: string): Promise<NodeJS.ProcessEnv> {
  const userConfig = join(folder, 'npmrc');
  // Clients refuse to publish without any token; the registry takes everybody for anonymous.
  await writeFile(userConfig, `registry=${url}\n${url.replace(/^http:/, '')}:_authToken=anonymous\n`);
  // Settings in the environment go ahead of the file's, in npm and pnpm; provenance needs a CI that vouches.
  const kept = Object.entries(process.env).filter(([key]) => !/^(npm|pnpm)_config_/i.test(key));
  return {
    ...Object.fromEntries(kept),
    NPM_CONFIG_USERCONFIG: userConfig,
    NPM_CONFIG_REGISTRY: url,
    NPM_CONFIG_CACHE: join(folder, 'npm-cache'),
    NPM_CONFIG_PROVENANCE: 'false',
    pnpm_config_registry: url,
    pnpm_config_store_dir: join(folder, 'pnpm-store'),
    pnpm_config_cache_dir: join(folder, 'pnpm-cache'),
  };
}
