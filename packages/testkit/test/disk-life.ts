import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type FileSystem, isVmError, systemFileSystem, type VmConfig, VmManager } from '@vmrs/core';
import { eventually, within } from '../src/conformance/expectations.ts';
import { filesUnder } from '../src/conformance/outside/files.ts';
import { MARK, markedProcesses, type SeenProcess, signalFromOutside } from '../src/conformance/outside/processes.ts';
import { fakeDriver } from '../src/fake-driver/index.ts';
import { readyGuest, writeGuestScript } from '../src/stand-in/index.ts';

/** Far more than any call of a life takes; what takes longer hangs. */
export const CALL_MS = 20_000;
/** How long processes that are gone may still be seen. */
const GONE_MS = 5_000;

/** How a call of a life ended: `ok`, or the code of its `VmError`. */
export interface CallOutcome {
  readonly call: string;
  readonly outcome: string;
}

/** The folders of one life of one VM, and what may be found in them afterwards: nothing. */
export class DiskLife implements AsyncDisposable {
  readonly root: string;
  readonly outcomes: CallOutcome[] = [];

  private constructor(root: string) {
    this.root = root;
  }

  static async begin(): Promise<DiskLife> {
    const life = new DiskLife(await realpath(await mkdtemp(join(tmpdir(), 'vd-'))));
    await mkdir(join(life.root, 'f'));
    await writeGuestScript(join(life.root, 'kernel'), readyGuest());
    return life;
  }

  /** A manager on these folders. */
  async open(fileSystem: FileSystem = systemFileSystem): Promise<VmManager> {
    const { stateDir, runtimeDir } = this;
    return VmManager.open({ drivers: [fakeDriver()], stateDir, runtimeDir, keep: 'always', fileSystem });
  }

  get stateDir(): string {
    return join(this.root, 's');
  }

  get runtimeDir(): string {
    return join(this.root, 'r');
  }

  /** What the VM boots. */
  get config(): VmConfig {
    return { name: 'web', kernel: join(this.root, 'kernel') };
  }

  /** Where a snapshot may be written. */
  get snapshotDir(): string {
    return join(this.root, 'f', 'saved');
  }

  /** Waits for a call of the life, which goes on whatever becomes of it; null when it failed. */
  async call<T>(call: string, work: Promise<T>): Promise<T | null> {
    try {
      const result = await within(CALL_MS, work, call);
      this.outcomes.push({ call, outcome: 'ok' });
      return result;
    } catch (error) {
      this.outcomes.push({ call, outcome: isVmError(error) ? error.code : `no VmError: ${String(error)}` });
      return null;
    }
  }

  /** What a manager on a healthy disk cannot put right, as lines: VMs it cannot take, end or remove, and what is left after that. */
  async leftOver(): Promise<readonly string[]> {
    const vms = await this.open();
    const { problems } = await within(CALL_MS, vms.adoptAll(), 'adoptAll');
    const lines = problems.map(({ path, message }) => `not adopted: ${path}: ${message}`);
    for (const { name } of await vms.list()) {
      try {
        await within(CALL_MS, (await vms.get(name)).kill(), 'kill');
        await within(CALL_MS, vms.remove(name), 'remove');
      } catch (error) {
        lines.push(`not removed: ${String(error)}`);
      }
    }
    await within(CALL_MS, vms.close(), 'close');
    // The caller's own, when the caller was told that it is there.
    const saved = this.outcomes.some(({ call, outcome }) => call === 'snapshot' && outcome === 'ok');
    if (saved) await rm(this.snapshotDir, { recursive: true });
    const gone = async () => (await this.#processes()).length === 0;
    await eventually(GONE_MS, gone, 'the end of its processes').catch(() => undefined);
    return [...lines, ...(await this.#processes()), ...(await this.#files())];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // What a test that has failed leaves.
    for (const { pid } of await this.#marked()) signalFromOutside(pid, 'SIGKILL');
    await rm(this.root, { recursive: true, force: true });
  }

  async #processes(): Promise<readonly string[]> {
    return (await this.#marked()).map(({ pid, command }) => `${pid} ${command}`);
  }

  /** Other lives are lived at the same time; the command lines of VMM and keeper name their folders. */
  async #marked(): Promise<readonly SeenProcess[]> {
    const all = await markedProcesses(process.env[MARK] ?? '');
    return all.filter(({ command }) => command.includes(this.root));
  }

  async #files(): Promise<readonly string[]> {
    const found = await Promise.all(['s', 'r', 'f'].map((folder) => filesUnder(join(this.root, folder))));
    // The folder of a namespace may stay: other names may be taken in it.
    return found.flat().filter((line) => line !== 'default (directory)');
  }
}

/** The name of a file without what differs from one life to the next. */
export function plainName(path: string): string {
  return basename(path).replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{12}/, '*');
}
