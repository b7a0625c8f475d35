import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ManagerOptions, VmManager } from '@vmrs/core';
import { qemu } from '@vmrs/driver-qemu';
import { lookAround, markThisProgram } from './world.ts';

/** One for all tests of a file: it tries the host's accelerators once. */
const DRIVER = qemu();

/** Folders of one test's own, with a look at the world before and after. */
export class Lab implements AsyncDisposable {
  readonly root: string;
  readonly stateDir: string;
  readonly runtimeDir: string;
  readonly #managers: VmManager[] = [];

  private constructor(root: string) {
    this.root = root;
    this.stateDir = join(root, 's');
    this.runtimeDir = join(root, 'r');
  }

  static async create(): Promise<Lab> {
    markThisProgram();
    const lab = new Lab(await realpath(await mkdtemp(join(tmpdir(), 've-'))));
    await mkdir(lab.stateDir, { mode: 0o700 });
    await mkdir(lab.runtimeDir, { mode: 0o700 });
    return lab;
  }

  async open(options: Partial<ManagerOptions> = {}): Promise<VmManager> {
    const { stateDir, runtimeDir } = this;
    const manager = await VmManager.open({ drivers: [DRIVER], stateDir, runtimeDir, ...options });
    this.#managers.push(manager);
    return manager;
  }

  /** A test that fails in the middle leaves VMs that nobody else would end. */
  async #endAll(): Promise<void> {
    const manager = await this.open({ keep: 'never' });
    const { adopted } = await manager.adoptAll();
    for (const vm of adopted) await vm.kill();
    await manager.close();
  }

  /** Everything that a VM of this lab could leave behind. */
  look(): Promise<readonly string[]> {
    return lookAround([this.stateDir, this.runtimeDir]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const manager of this.#managers) await manager.close();
    await this.#endAll();
    await rm(this.root, { recursive: true, force: true });
  }
}
