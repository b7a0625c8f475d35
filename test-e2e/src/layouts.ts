import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** Versions of package managers that come from the registry, for these tests alone. */
const YARN = '@yarnpkg/cli-dist@4.18.1';
const BUN = '@oven/bun-linux-x64@1.4.5';

/** A place in which a layout is made: a folder of its own, and where the packages to install come from. */
export interface Site {
  readonly folder: string;
  /** Tarballs by package name: what the application depends on, and what comes with that. */
  readonly dependencies: Readonly<Record<string, string>>;
  readonly included: Readonly<Record<string, string>>;
  /** Folder for package managers and their stores, shared by the layouts. */
  readonly tools: string;
}

/** An installed application. */
export interface Application {
  /** Its folder; the program goes there as `main.mjs`. */
  readonly folder: string;
  /** How it is run: a program and its first arguments. */
  readonly command: readonly [string, ...string[]];
  readonly env?: NodeJS.ProcessEnv;
}

/** A way in which package managers lay out an application. */
export interface Layout {
  readonly name: string;
  /** Installs an application that depends on the site's packages. Throws {@link Unobtainable} when its package manager cannot be had. */
  install(site: Site): Promise<Application>;
}

/** A package manager that this host and registry do not have; the message names it. */
export class Unobtainable extends Error {}

/** What a package manager must not take over from the one that runs the tests. */
export const CLEAN_ENV: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries({ ...process.env, NODE_OPTIONS: '' }).filter(([name]) => !/^npm_|^pnpm_|^INIT_CWD$/i.test(name)),
);

const NPM_INSTALL = ['install', '--no-audit', '--no-fund', '--loglevel=error'];
const PNPM_INSTALL = ['install', '--no-frozen-lockfile'];

async function run(file: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv = {}): Promise<void> {
  await execute(file, [...args], { cwd, env: { ...CLEAN_ENV, ...env } }).catch((error: Error & { stdout?: string }) => {
    throw new Error(`${error.message}\n${error.stdout ?? ''}`, { cause: error });
  });
}

async function json(folder: string, name: string, content: object): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), JSON.stringify(content, null, 2));
}

function project(name: string, more: object): object {
  return { name, version: '1.0.0', private: true, type: 'module', ...more };
}

/** pnpm's settings; it is installed as a workspace of its own, so that it does not look above. */
function pnpmSettings(site: Site, more: object): Promise<void> {
  const settings = { packages: [], pmOnFail: 'ignore', overrides: site.included, ...more };
  return json(site.folder, 'pnpm-workspace.yaml', settings); // JSON is YAML.
}

function pnpmSingle(name: string, settings: (site: Site) => object): Layout {
  return {
    name,
    async install(site) {
      await json(site.folder, 'package.json', project('app', { dependencies: site.dependencies }));
      await pnpmSettings(site, settings(site));
      await run('pnpm', PNPM_INSTALL, site.folder);
      return { folder: site.folder, command: [process.execPath] };
    },
  };
}

/** A tool from the registry, installed once. Throws {@link Unobtainable} when it cannot be had. */
async function tool(spec: string, site: Site, file: string): Promise<string> {
  const folder = join(site.tools, spec.replace(/[^a-z0-9]+/gi, '-'));
  await json(folder, 'package.json', project('tool', {}));
  try {
    await run('npm', [...NPM_INSTALL, '--ignore-scripts', spec], folder);
  } catch (error) {
    throw new Unobtainable(`${spec} from the npm registry`, { cause: error });
  }
  return join(folder, 'node_modules', file);
}

async function registry(): Promise<string> {
  const { stdout } = await execute('npm', ['config', 'get', 'registry'], { env: CLEAN_ENV });
  return stdout.trim();
}

function yarn(linker: 'pnp' | 'node-modules'): Layout {
  return {
    name: linker === 'pnp' ? "Yarn Plug'n'Play" : 'Yarn with node_modules',
    async install(site) {
      const program = await tool(YARN, site, '@yarnpkg/cli-dist/bin/yarn.js');
      const { dependencies, included: resolutions } = site;
      await json(site.folder, 'package.json', project('app', { dependencies, resolutions }));
      await json(site.folder, '.yarnrc.yml', {
        nodeLinker: linker,
        npmRegistryServer: await registry(),
        globalFolder: join(site.tools, 'yarn'),
        enableTelemetry: false,
        enableImmutableInstalls: false,
      });
      // Without a lock file of its own a project belongs to the one above.
      await writeFile(join(site.folder, 'yarn.lock'), '');
      await run(process.execPath, [program, 'install'], site.folder);
      return { folder: site.folder, command: [process.execPath, program, 'node'] };
    },
  };
}

/** Every layout that an application of ours has been seen in. */
export const LAYOUTS: readonly Layout[] = [
  {
    name: 'npm',
    async install({ folder, dependencies, included: overrides }) {
      await json(folder, 'package.json', project('app', { dependencies, overrides }));
      await run('npm', NPM_INSTALL, folder);
      return { folder, command: [process.execPath] };
    },
  },
  {
    name: 'an npm workspace',
    async install({ folder, dependencies, included: overrides }) {
      await json(folder, 'package.json', project('root', { workspaces: ['apps/*'], overrides }));
      const app = join(folder, 'apps', 'app');
      await json(app, 'package.json', project('app', { dependencies }));
      await run('npm', NPM_INSTALL, folder);
      return { folder: app, command: [process.execPath] };
    },
  },
  pnpmSingle('pnpm, isolated', () => ({})),
  pnpmSingle('pnpm with the global virtual store', ({ tools }) => ({
    enableGlobalVirtualStore: true,
    storeDir: join(tools, 'pnpm-store'),
  })),
  {
    name: 'a pnpm workspace with hoist=false',
    async install(site) {
      await json(site.folder, 'package.json', project('root', {}));
      await pnpmSettings(site, { packages: ['apps/*'], hoist: false });
      const app = join(site.folder, 'apps', 'app');
      await json(app, 'package.json', project('app', { dependencies: site.dependencies }));
      await run('pnpm', PNPM_INSTALL, site.folder);
      return { folder: app, command: [process.execPath] };
    },
  },
  yarn('node-modules'),
  yarn('pnp'),
  {
    name: 'Bun, run by Node.js',
    async install(site) {
      const { folder, dependencies, included: overrides, tools } = site;
      if (`${process.platform}-${process.arch}` !== 'linux-x64') throw new Unobtainable(`${BUN} for this platform`);
      const program = await tool(BUN, site, '@oven/bun-linux-x64/bin/bun');
      await json(folder, 'package.json', project('app', { dependencies, overrides }));
      const env = { BUN_INSTALL_CACHE_DIR: join(tools, 'bun-cache'), npm_config_registry: await registry() };
      await run(program, ['install'], folder, env);
      return { folder, command: [process.execPath] };
    },
  },
];
