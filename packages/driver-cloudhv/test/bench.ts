import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ManagerOptions, type VmConfig, VmManager } from '@vmrs/core';
import { type GuestAssets, guestAssets } from '@vmrs/guest';
import { type ChSettings, writeCloudHypervisor } from '@vmrs/testkit';
import { type CloudHvOptions, cloudhv } from '../src/index.ts';

/** In the environment of everything that is started from a bench. */
const MARK = 'VMRS_CLOUDHV_BENCH';

/** How a bench is set up. */
export interface BenchOptions {
  readonly standIn?: Partial<ChSettings>;
  readonly driver?: CloudHvOptions;
  /** Prefix of its folder's name. */
  readonly prefix?: string;
}

/** A stand-in for Cloud Hypervisor, folders of one test's own, and a look at what is left. */
export class Bench implements AsyncDisposable {
  readonly root: string;
  readonly binary: string;
  readonly guest: GuestAssets;
  readonly #options: BenchOptions;
  readonly #managers: VmManager[] = [];
  readonly #mark: string = randomUUID();

  private constructor(root: string, binary: string, guest: GuestAssets, options: BenchOptions) {
    this.root = root;
    this.binary = binary;
    this.guest = guest;
    this.#options = options;
    process.env[MARK] = this.#mark;
  }

  static async create(options: BenchOptions = {}): Promise<Bench> {
    const root = await realpath(await mkdtemp(join(tmpdir(), options.prefix ?? 'vc-')));
    const binary = await writeCloudHypervisor(root, options.standIn);
    return new Bench(root, binary, await guestAssets({ testHooks: true }), options);
  }

  /** A manager on this bench's folders. */
  async open(options: Partial<ManagerOptions> = {}, driver: CloudHvOptions = {}): Promise<VmManager> {
    const drivers = [cloudhv({ binary: this.binary, ...this.#options.driver, ...driver })];
    const folders = { stateDir: join(this.root, 's'), runtimeDir: join(this.root, 'r') };
    const manager = await VmManager.open({ drivers, ...folders, ...options });
    this.#managers.push(manager);
    return manager;
  }

  /** A VM that becomes ready. `hooks` make it misbehave. */
  config(given: Partial<VmConfig> = {}, ...hooks: readonly string[]): VmConfig {
    const { vmlinux, kernel, initramfs } = this.guest;
    const test = hooks.length === 0 ? '' : ` vmrs.test=${hooks.join(',')}`;
    const cmdline = `console=ttyS0 panic=-1 quiet cryptomgr.notests${test}`;
    return { name: 'web', kernel: vmlinux ?? kernel, initramfs, memoryMb: 256, cmdline, ...given };
  }

  /** A new folder. */
  async folder(name: string): Promise<string> {
    const path = join(this.root, name);
    await mkdir(path);
    return path;
  }

  /** Processes that were started from here and still run, and files that VMs have left, but for their logs. */
  async left(): Promise<readonly string[]> {
    return [...(await this.processes()), ...(await this.#sockets())];
  }

  /** Processes that were started from here and still run. */
  async processes(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)) {
      // One may end while it is looked at.
      const environ = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      if (!environ.includes(`${MARK}=${this.#mark}`)) continue;
      found.push(`${pid} ${(await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '')).replaceAll('\0', ' ')}`);
    }
    return found;
  }

  async #sockets(): Promise<readonly string[]> {
    const names = await readdir(join(this.root, 'r'), { recursive: true }).catch(() => []);
    return names.map((name) => `r/${name}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const manager of this.#managers) await manager.close();
    const last = await this.open();
    for (const { name } of await last.list()) await last.remove(name, { force: true });
    await last.close();
    await rm(this.root, { recursive: true, force: true });
  }
}

/** Talks to a VMM's API behind its driver's back. Returns the answer's status. */
export function behindItsBack(socketPath: string, endpoint: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const call = request({ socketPath, method: 'PUT', path: `/api/v1/${endpoint}` }, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode ?? 0));
    });
    call.once('error', reject);
    call.end();
  });
}

/** Folder of the only VM's sockets. */
export async function runtimeDir(bench: Bench): Promise<string> {
  const folders = await readdir(join(bench.root, 'r'));
  return join(bench.root, 'r', folders[0] ?? '');
}

/** The error that `work` rejects with. */
export async function failure(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return error;
  }
  throw new Error('it succeeded');
}
