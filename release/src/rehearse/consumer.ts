import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { basename, delimiter, join } from 'node:path';
import { run } from '../run.ts';
import type { LocalRegistry } from './local-registry.ts';
import type { NodeRelease } from './node-releases.ts';

/** The package managers that a release is installed with. */
export const MANAGERS = ['npm', 'pnpm'] as const;

const INSTALL = {
  npm: ['install', '--no-audit', '--no-fund', '--loglevel=error'],
  pnpm: ['install', '--no-frozen-lockfile'],
} as const;

/** An empty project of a user's, with packages of the release installed, on one Node.js. */
export class Consumer {
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;

  private constructor(folder: string, env: NodeJS.ProcessEnv) {
    this.folder = folder;
    this.#env = env;
  }

  /**
   * Makes the project in the new folder `folder` and installs exactly these versions from the registry.
   *
   * @throws Error with what the package manager said, when it refuses
   */
  static async install(
    folder: string,
    manager: (typeof MANAGERS)[number],
    node: NodeRelease,
    registry: LocalRegistry,
    versions: Readonly<Record<string, string>>,
  ): Promise<Consumer> {
    await mkdir(folder, { recursive: true });
    const manifest = { name: 'consumer', version: '0.0.0', private: true, type: 'module', dependencies: versions };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    // pnpm leaves versions alone that are younger than a day, as these are; and it looks for a workspace further up. JSON is YAML.
    const workspace = { packages: [], pmOnFail: 'ignore', minimumReleaseAgeExclude: Object.keys(versions) };
    await writeFile(join(folder, 'pnpm-workspace.yaml'), JSON.stringify(workspace));
    const env = { ...registry.env, PATH: `${node.binDir}${delimiter}${registry.env['PATH']}`, NODE_OPTIONS: '' };
    await run(manager, INSTALL[manager], { cwd: folder, env });
    return new Consumer(folder, env);
  }

  /** Copies a program into the project and runs it there. Resolves with what it printed to stdout. */
  async run(program: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
    const name = basename(program);
    await copyFile(program, join(this.folder, name));
    const { stdout } = await run('node', [name], { cwd: this.folder, env: { ...this.#env, ...env } });
    return stdout.trim();
  }
}
