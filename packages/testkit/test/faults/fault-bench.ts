import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ErrorCode,
  isVmError,
  type ManagerOptions,
  type StopOptions,
  type VmConfig,
  type VmError,
  VmManager,
} from '@vmrs/core';
import { eventually, nothingIn, within } from '../../src/conformance/expectations.ts';
import { filesUnder } from '../../src/conformance/outside/files.ts';
import { MARK, markedProcesses, signalFromOutside } from '../../src/conformance/outside/processes.ts';
import { type FakeDriver, fakeDriver } from '../../src/fake-driver/index.ts';
import { type GuestScript, readyGuest, writeGuestScript } from '../../src/stand-in/index.ts';

/** How long the stand-in VMM may take to answer in these tests. */
export const ANSWER_MS = 300;
/** Deadlines of a stop that is expected to go down the ladder. */
export const QUICK: Required<Pick<StopOptions, 'graceMs' | 'terminateMs' | 'sigtermMs'>> = {
  graceMs: ANSWER_MS,
  terminateMs: ANSWER_MS,
  sigtermMs: ANSWER_MS,
};
/** What may be added to a deadline on a busy machine. */
export const SLACK_MS = 3_000;
/** How long the end of what was told to end may take to be seen. */
const END_MS = 5_000;

/** A manager with the fake driver in it. */
export interface Controller {
  readonly vms: VmManager;
  readonly driver: FakeDriver;
}

/** Folders of one test's own, and processes that can be told from all others. */
export class FaultBench implements AsyncDisposable {
  readonly root: string;
  readonly stateDir: string;
  readonly runtimeDir: string;
  readonly #managers: VmManager[] = [];

  private constructor(root: string) {
    this.root = root;
    this.stateDir = join(root, 's');
    this.runtimeDir = join(root, 'r');
  }

  static async create(): Promise<FaultBench> {
    const bench = new FaultBench(await realpath(await mkdtemp(join(tmpdir(), 'vx-'))));
    process.env[MARK] = bench.root;
    return bench;
  }

  async open(options: Partial<ManagerOptions> = {}): Promise<Controller> {
    const driver = fakeDriver({ answerTimeoutMs: ANSWER_MS });
    const { stateDir, runtimeDir } = this;
    const vms = await VmManager.open({ drivers: [driver], stateDir, runtimeDir, ...options });
    this.#managers.push(vms);
    return { vms, driver };
  }

  /** The configuration of a guest that follows `script`. */
  async config(script: GuestScript = readyGuest(), name = 'web'): Promise<VmConfig> {
    const kernel = join(this.root, `${name}.guest`);
    await writeGuestScript(kernel, script);
    return { name, kernel };
  }

  /** Fails when a process, a socket or a file is left. What is kept of VMs that failed is removed first. */
  async nothingLeft({ vms }: Controller): Promise<void> {
    for (const { name } of await vms.list()) await vms.remove(name);
    const left = (): Promise<readonly string[]> =>
      markedProcesses(this.root).then((all) => all.map(({ pid, command }) => `${pid} ${command}`));
    await eventually(END_MS, async () => (await left()).length === 0, 'the end of every process').catch(
      () => undefined,
    );
    nothingIn(await left(), 'still running');
    nothingIn(await filesUnder(this.runtimeDir), 'left in the runtime folder');
    nothingIn(
      (await filesUnder(this.stateDir)).filter((line) => !/^[^/]+ \(directory\)$|\.lock \(/.test(line)),
      'left in the state folder',
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { pid } of await markedProcesses(this.root)) {
      signalFromOutside(pid, 'SIGCONT');
      signalFromOutside(pid, 'SIGKILL');
    }
    for (const manager of this.#managers) await manager.close();
    delete process.env[MARK];
    await rm(this.root, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Waits for `work` to fail with a `VmError` of one of `codes` within `ms` milliseconds. */
export async function failsIn(ms: number, work: Promise<unknown>, ...codes: readonly ErrorCode[]): Promise<VmError> {
  const error = await within(
    ms,
    work.then(
      () => 'it resolved',
      (reason: unknown) => reason,
    ),
    'the failure',
  );
  if (isVmError(error) && codes.includes(error.code)) return error;
  throw new Error(`expected ${codes.join(' or ')}`, { cause: error });
}
