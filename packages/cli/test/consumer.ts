import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type GuestScript, type GuestStep, writeGuestScript } from '@vmrs/testkit/stand-in';

/** The program, from its sources. */
export const PROGRAM: readonly string[] = [
  process.execPath,
  '--conditions=@vmrs/source',
  join(import.meta.dirname, '..', 'src', 'vmrs.ts'),
];

/** How a run of `vmrs` ended, and what it wrote. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A guest that becomes ready at once, powers off when asked, and otherwise idles. */
export const READY: readonly GuestStep[] = [
  { do: 'print', text: 'stand-in guest: booting\n' },
  { do: 'ready', ip: '10.0.2.15' },
];

/** A folder of somebody who uses `vmrs`: with drivers among its dependencies, and a state directory of its own. */
export class Consumer implements AsyncDisposable {
  readonly folder: string;
  readonly env: Record<string, string | undefined>;
  readonly #dependencies: Record<string, string> = {};

  private constructor(folder: string) {
    this.folder = folder;
    this.env = {
      ...process.env,
      VMRS_HOME: join(folder, 's'),
      VMRS_DRIVER: undefined,
      VMRS_LOG: undefined,
      NO_COLOR: undefined,
      FORCE_COLOR: undefined,
      NODE_OPTIONS: '',
    };
  }

  /** With the fake driver installed. */
  static async create(): Promise<Consumer> {
    const consumer = await Consumer.empty();
    await consumer.install('fake', '@vmrs/testkit/fake-driver');
    return consumer;
  }

  /** Without any driver. */
  static async empty(): Promise<Consumer> {
    const consumer = new Consumer(await realpath(await mkdtemp(join(tmpdir(), 'vc-'))));
    await consumer.#list();
    return consumer;
  }

  /** Installs a driver package whose entry is that of `from`, a module that this package can import, or the given code. */
  async install(
    id: string,
    from: string,
    more: { readonly code?: string; readonly priority?: number } = {},
  ): Promise<void> {
    const entry = pathToFileURL(createRequire(import.meta.url).resolve(from)).href;
    const { code = `export { createDriver } from '${entry}';`, priority = 0 } = more;
    const driver = { id, contract: { major: 1, minor: 0 }, entry: './index.js', priority };
    const manifest = {
      name: `driver-${id}`,
      type: 'module',
      exports: { '.': './index.js', './package.json': './package.json' },
      vmrs: { driver },
    };
    const folder = join(this.folder, 'node_modules', `driver-${id}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(folder, 'index.js'), code);
    this.#dependencies[`driver-${id}`] = '*';
    await this.#list();
  }

  /** Writes a guest of the fake driver, for `--kernel`. Returns its name, relative to the folder. */
  async guest(steps: readonly GuestStep[] = READY, vmm?: GuestScript['vmm']): Promise<string> {
    const name = `guest-${Math.random().toString(36).slice(2, 8)}`;
    await writeGuestScript(join(this.folder, name), { boots: [steps], ...(vmm === undefined ? {} : { vmm }) });
    return name;
  }

  /** Writes a file into the folder. */
  async write(name: string, text: string): Promise<void> {
    await writeFile(join(this.folder, name), text);
  }

  /** Starts `vmrs` with the given words. Its output is collected. */
  start(...args: readonly string[]): Running {
    const [file = '', ...program] = PROGRAM;
    return new Running(
      spawn(file, [...program, ...args], { cwd: this.folder, env: this.env, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  /** Runs `vmrs` with the given words to its end. */
  run(...args: readonly string[]): Promise<Ran> {
    return this.start(...args).ended;
  }

  /** Runs `vmrs … --json` and parses its one line. Throws when it fails. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    if (code !== 0) throw new Error(`vmrs ${args.join(' ')} ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** Ends every VM, and removes what is kept of it. */
  async endAll(): Promise<void> {
    // Nothing was ever booted where there is no state.
    if (!existsSync(join(this.folder, 's'))) return;
    const { vms } = await this.json<{ vms: readonly { name: string; namespace: string }[] }>('ls');
    for (const { name, namespace } of vms) await this.run('rm', '--force', '-n', namespace, name);
  }

  /** {@link Consumer.endAll}, and removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.endAll();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #list(): Promise<void> {
    await this.write('package.json', JSON.stringify({ name: 'app', dependencies: this.#dependencies }));
  }
}

/** A `vmrs` that was started. */
export class Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ran>;
  #stdout = '';
  #stderr = '';
  #changed = Promise.withResolvers<void>();

  constructor(child: ChildProcess) {
    this.process = child;
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#tell();
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#tell();
    });
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout: this.#stdout, stderr: this.#stderr }));
    });
    void this.ended.then(() => this.#tell());
  }

  /** Resolves when `pattern` was written; rejects when it ends before. */
  async said(pattern: RegExp): Promise<void> {
    for (;;) {
      if (pattern.test(this.#stdout) || pattern.test(this.#stderr)) return;
      if (this.process.exitCode !== null)
        throw new Error(`it ended before it said ${pattern}:\n${this.#stdout}${this.#stderr}`);
      await this.#changed.promise;
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
