import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { canTransition, isEnded, isVmError, type Keep, type Vm, VmManager, type VmStatus } from '@vmrs/core';
import { eventually, within } from '../../src/conformance/expectations.ts';
import { filesUnder } from '../../src/conformance/outside/files.ts';
import { isAlive, MARK, markedProcesses, signalFromOutside } from '../../src/conformance/outside/processes.ts';
import { type FakeDriver, fakeDriver } from '../../src/fake-driver/index.ts';
import { type GuestStep, writeGuestScript } from '../../src/stand-in/index.ts';
import { type Command, type GuestEvent, type Name, type Outcome, say, type Timed, type VmCall } from './command.ts';

/** How long anything may take before it counts as hanging. */
const HANGS_MS = 15_000;
/** How long a guest that says nothing is waited for. */
const NOT_READY_MS = 25;

const STEPS: { readonly [E in GuestEvent]: GuestStep } = {
  reboot: { do: 'reboot' },
  powerOff: { do: 'power-off' },
  panic: { do: 'panic' },
  exit: { do: 'exit', code: 3 },
  crash: { do: 'crash', signal: 'SIGSEGV' },
};

interface Got {
  readonly vm: Vm;
  readonly manager: VmManager;
  /** Every state that its events have told, the present one first. */
  readonly path: VmStatus[];
  resets: number;
}

/** The real thing on which a sequence is played: one manager after the other with a fake driver, in folders of its own. */
export class ModelBench {
  readonly #root: string;
  readonly #keep: Keep;
  readonly #got = new Map<Name, Got>();
  readonly #all: Got[] = [];
  #driver: FakeDriver = fakeDriver();
  #manager: VmManager;

  private constructor(root: string, keep: Keep, driver: FakeDriver, manager: VmManager) {
    this.#root = root;
    this.#keep = keep;
    this.#driver = driver;
    this.#manager = manager;
  }

  static async create(keep: Keep): Promise<ModelBench> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'vp-')));
    process.env[MARK] = root;
    await mkdir(join(root, 'f'));
    await writeGuestScript(join(root, 'kernel'), { boots: [[]] });
    return new ModelBench(root, keep, ...(await open(root, keep)));
  }

  /** Gives the commands and waits for what each comes to. Fails when one hangs. */
  play(round: readonly Timed[]): Promise<readonly Outcome[]> {
    const doers = round.map(({ command, afterMs }) => ({ command, afterMs, doIt: this.#prepare(command) }));
    return Promise.all(
      doers.map(async ({ command, afterMs, doIt }) => {
        if (afterMs > 0) await sleep(afterMs);
        return within(HANGS_MS, outcomeOf(doIt()), say(command));
      }),
    );
  }

  /** What `list()` tells of each name: a status, or `absent`. Fails when a VM that is in hand tells another state. */
  async look(): Promise<{ readonly [N in Name]: string }> {
    const seen = { a: 'absent', b: 'absent' };
    for (const { name, state } of await this.#manager.list())
      if (name === 'a' || name === 'b') seen[name] = state.status;
    return seen;
  }

  /** Fails when anything told an order of states that the table of transitions does not have. */
  checkPaths(): void {
    for (const { vm, path } of this.#all) {
      path.forEach((status, index) => {
        const before = path[index - 1];
        if (before !== undefined && !canTransition(before, status)) {
          throw new Error(`'${vm.name}' went ${path.join(' > ')}; ${before} > ${status} is no transition`);
        }
      });
    }
  }

  /** Ends what is left, and fails when a process, a file or a socket is left after that. */
  async finish(): Promise<void> {
    for (const { name } of await this.#manager.list()) {
      const vm = await this.#manager.get(name);
      const { problems } = await within(HANGS_MS, vm.kill(), `the last kill of ${name}`);
      if (problems.length > 0) throw new Error(`cleaning up after '${name}': ${JSON.stringify(problems)}`);
    }
    for (const { name } of await this.#manager.list()) await this.#manager.remove(name);
    await within(HANGS_MS, this.#manager.close(), 'the last close');
    this.checkPaths();
    await eventually(
      HANGS_MS,
      async () => (await markedProcesses(this.#root)).length === 0,
      'the end of every process that was started',
    );
    const files = [...(await filesUnder(join(this.#root, 's'))), ...(await filesUnder(join(this.#root, 'r')))];
    const leaked = files.filter((line) => !/^[^/]+ \(directory\)$|^default\/\.[^/]+\.lock /.test(line));
    if (leaked.length > 0) throw new Error(`left behind: ${leaked.join(', ')}`);
  }

  async dispose(): Promise<void> {
    for (const { pid } of await markedProcesses(this.#root)) signalFromOutside(pid, 'SIGKILL');
    // A close that hangs must not hide what went wrong before.
    await within(HANGS_MS, this.#manager.close(), 'close').catch(() => undefined);
    delete process.env[MARK];
    await rm(this.#root, { recursive: true, force: true, maxRetries: 3 });
  }

  #prepare(command: Command): () => Promise<Outcome> {
    const manager = this.#manager;
    switch (command.do) {
      case 'boot':
        return async () =>
          this.#take(await manager.boot({ name: command.name, kernel: join(this.#root, 'kernel') }), manager);
      case 'restore': {
        const { name, from } = command;
        return async () => this.#take(await manager.restore(this.#snapshotOf(from), { name }), manager);
      }
      case 'remove':
        return async () => ok(await manager.remove(command.name));
      case 'marker':
        return () => this.#inject(command.name, { do: 'ready', ip: command.ip });
      case 'killedFromOutside':
        return () => this.#killFromOutside(command.name);
      case 'reboot':
      case 'powerOff':
      case 'panic':
      case 'exit':
      case 'crash':
        return () => this.#inject(command.name, STEPS[command.do]);
      case 'reopen':
        return () => this.#reopen();
      case 'adoptAll':
        return async () => {
          const { adopted, problems } = await manager.adoptAll();
          for (const vm of adopted) this.#take(vm, manager);
          return problems.length > 0 ? `problems` : 'ok';
        };
      case 'list':
        return async () => ok(await manager.list());
      default: {
        const { name, via } = command;
        const object = via === 'object' ? this.#got.get(name)?.vm : undefined;
        return async () => {
          if (via === 'object') return object === undefined ? 'skipped' : this.#call(command.do, object);
          const vm = await manager.get(name);
          this.#take(vm, manager);
          return this.#call(command.do, vm);
        };
      }
    }
  }

  async #call(call: VmCall, vm: Vm): Promise<Outcome> {
    switch (call) {
      case 'state':
        return ok(vm.state);
      case 'ready':
        return ok(await vm.ready({ timeoutMs: NOT_READY_MS }));
      case 'pause':
        return ok(await vm.pause());
      case 'resume':
        return ok(await vm.resume());
      case 'snapshot':
        return ok(await vm.snapshot(this.#snapshotOf(vm.name)));
      case 'stop':
        return ok(await vm.stop());
      case 'stopNow':
        return ok(await vm.stop({ graceMs: 0 }));
      case 'kill':
        return ok(await vm.kill());
    }
  }

  #take(vm: Vm, manager: VmManager): Outcome {
    const got: Got = { vm, manager, path: [], resets: 0 };
    this.#got.set(vm.name as Name, got);
    this.#all.push(got);
    void (async () => {
      for await (const event of vm.events()) {
        if (event.type === 'state') got.path.push(event.state.status);
        if (event.type === 'reset') got.resets += 1;
      }
    })();
    return 'ok';
  }

  /** Has the guest do something and waits until the manager may be expected to have seen it. */
  async #inject(name: Name, step: GuestStep): Promise<Outcome> {
    const got = this.#got.get(name);
    if (got === undefined || got.manager !== this.#manager || isEnded(got.vm.state)) return 'skipped';
    const { vm, manager, resets } = got;
    try {
      await this.#driver.inject(name, [step]);
    } catch {
      return 'skipped'; // It has ended, or is about to.
    }
    if (step.do !== 'reboot' && step.do !== 'ready') return this.#ended(got);
    const over = (): boolean => isEnded(vm.state) || manager !== this.#manager || vm.state.status === 'stopping';
    const seen = async (): Promise<boolean> =>
      // A reset may take a marker back, and another marker its place, before anybody looks.
      got.resets > resets || (step.do === 'ready' && (await this.#saidReady(name)));
    await eventually(HANGS_MS, async () => over() || (await seen()), `the effect of ${step.do}`);
    return 'ok';
  }

  /** Waits for the end of a VMM, and until a manager that has the VM in hand has cleaned up after it. */
  async #ended({ vm, manager }: Got): Promise<Outcome> {
    const { process } = vm;
    const gone = (): boolean => process === null || !isAlive(process);
    const over = (): boolean => gone() && (isEnded(vm.state) || manager !== this.#manager);
    await eventually(HANGS_MS, over, `the end of '${vm.name}'`);
    if (isEnded(vm.state)) await vm.exit;
    return 'ok';
  }

  async #killFromOutside(name: Name): Promise<Outcome> {
    const got = this.#got.get(name);
    if (got === undefined || isEnded(got.vm.state)) return 'skipped';
    const { process } = got.vm;
    if (process === null || !isAlive(process)) return 'skipped';
    signalFromOutside(process.pid, 'SIGKILL');
    return this.#ended(got);
  }

  async #reopen(): Promise<Outcome> {
    await this.#manager.close();
    [this.#driver, this.#manager] = await open(this.#root, this.#keep);
    return 'ok';
  }

  /** Whether the record has an address: where it is seen that the manager has read a marker of a paused guest. */
  async #saidReady(name: Name): Promise<boolean> {
    try {
      const text = await readFile(join(this.#root, 's', 'default', name, 'record.json'), 'utf8');
      const { ready }: { ready: { ip: string | null } | null } = JSON.parse(text);
      return typeof ready?.ip === 'string';
    } catch {
      return false; // Being removed.
    }
  }

  #snapshotOf(name: string): string {
    return join(this.#root, 'f', name);
  }
}

async function open(root: string, keep: Keep): Promise<[FakeDriver, VmManager]> {
  const driver = fakeDriver();
  const options = { drivers: [driver], stateDir: join(root, 's'), runtimeDir: join(root, 'r'), keep };
  return [driver, await VmManager.open(options)];
}

/** For calls whose answer says nothing more. */
function ok(_: unknown): Outcome {
  return 'ok';
}

async function outcomeOf(work: Promise<Outcome>): Promise<Outcome> {
  try {
    return await work;
  } catch (error) {
    if (isVmError(error)) return error.code;
    return error instanceof TypeError ? 'TypeError' : String(error);
  }
}
