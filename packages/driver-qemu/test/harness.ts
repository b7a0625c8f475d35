import { copyFile, mkdir, mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type BootSpec,
  type DriverContext,
  type JsonObject,
  type Logger,
  type MachineEvent,
  systemClock,
} from '@vmrs/core/driver';
// The driver's own tests run against core's real process host and ledger; users get them through the manager.
import { createProcessHost } from '../../core/src/process/index.ts';
import { createResourceScope, type Ledger, openLedger, releaseAll } from '../../core/src/resources/index.ts';

const quiet = (): void => undefined;
const silent: Logger = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => silent };

/** A driver's context for one VM, and what the driver did with it. */
export interface TestContext {
  readonly context: DriverContext;
  readonly events: MachineEvent[];
  readonly ledger: Ledger;
  /** What the driver last asked to remember. */
  control(): JsonObject;
}

/** One VM's folders, ledger and context, without a manager. */
export interface TestVm extends TestContext, AsyncDisposable {
  readonly root: string;
  /** The console so far. */
  serial(): Promise<string>;
  /** Resolves with the match once `pattern` appears on the console. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  vmmLog(): Promise<string>;
  /** A new context for the same VM, as another controller would have it. */
  again(): Promise<DriverContext>;
}

/** The context of the VM whose folders lie in `root`, with a ledger of its own there. */
export async function contextIn(
  root: string,
  name: string,
  ledgerName: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<TestContext> {
  const ledger = await openLedger(join(root, ledgerName));
  const paths = {
    runtimeDir: join(root, 'run'),
    stateDir: join(root, 'state'),
    serialLog: join(root, 'state', 'serial.log'),
    vmmLog: join(root, 'state', 'vmm.log'),
  };
  const events: MachineEvent[] = [];
  let remembered: JsonObject = {};
  const context: DriverContext = {
    vm: { namespace: 'default', name, instanceId: name },
    paths,
    logger: silent,
    signal,
    clock: systemClock,
    lifetime: 'detached',
    resources: createResourceScope(ledger, { guard: { roots: [root] }, logger: silent }),
    processes: createProcessHost({ ledger, paths, logger: silent, lifetime: 'detached', mark: 'test' }),
    async remember(control) {
      remembered = structuredClone(control);
    },
    notify: (event) => events.push(event),
  };
  return { context, events, ledger, control: () => remembered };
}

const LEDGER = 'ledger.jsonl';

async function ledgersIn(root: string): Promise<readonly string[]> {
  return (await readdir(root)).filter((name) => name.endsWith(LEDGER)).map((name) => join(root, name));
}

let count = 0;

/** Makes the place for one VM. Disposing it ends every process in its ledger and removes its folders. */
export async function testVm(
  options: { readonly prefix?: string; readonly signal?: AbortSignal } = {},
): Promise<TestVm> {
  const root = await mkdtemp(join(tmpdir(), options.prefix ?? 'vmrs-q-'));
  for (const folder of ['run', 'state']) await mkdir(join(root, folder), { mode: 0o700 });
  await (await open(join(root, 'state', 'serial.log'), 'a', 0o600)).close();
  count += 1;
  const name = `vm-${process.pid}-${count}`;
  const made = [await contextIn(root, name, LEDGER, options.signal)];
  const [first] = made;
  if (first === undefined) throw new TypeError('there is one');
  const { paths } = first.context;
  const serial = (): Promise<string> => readFile(paths.serialLog, 'latin1');
  return {
    ...first,
    root,
    serial,
    async waitFor(pattern) {
      for (;;) {
        const match = pattern.exec(await serial());
        if (match !== null) return match;
        await systemClock.sleep(20);
      }
    },
    vmmLog: () => readFile(paths.vmmLog, 'utf8'),
    async again() {
      const ledgerName = `again-${made.length}-${LEDGER}`;
      await copyFile(join(root, LEDGER), join(root, ledgerName));
      const next = await contextIn(root, name, ledgerName);
      made.push(next);
      return next.context;
    },
    async [Symbol.asyncDispose]() {
      for (const { ledger } of made) await ledger.close();
      for (const file of await ledgersIn(root)) {
        const ledger = await openLedger(file);
        await releaseAll(ledger, { guard: { roots: [root] }, logger: silent });
        await ledger.close();
      }
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A boot spec with everything absent but what is given. */
export function bootSpec({ context }: TestContext, given: Partial<BootSpec>): BootSpec {
  return {
    name: context.vm.name,
    namespace: context.vm.namespace,
    kernel: null,
    initramfs: null,
    rootDisk: null,
    dataDisk: null,
    seedIso: null,
    cpus: 1,
    memoryMb: 256,
    networks: [],
    sharedDirs: [],
    serialLog: context.paths.serialLog,
    cmdline: null,
    netns: null,
    vsock: false,
    machineId: null,
    efiVariableStore: null,
    rosetta: false,
    driverOptions: {},
    ...given,
  };
}

/** The VM's processes that still run, by the token that each of them has in its environment. */
export async function runningProcesses(vm: TestVm): Promise<readonly string[]> {
  const ledger = (await Promise.all((await ledgersIn(vm.root)).map((file) => readFile(file, 'utf8')))).join('');
  const pids = new Set([...ledger.matchAll(/"pid":(\d+)/g)].map((match) => match[1]));
  const running: string[] = [];
  for (const pid of pids) {
    // Gone is what is hoped for.
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
    if (environment.includes('VMRS_TOKEN='))
      running.push(`${pid}: ${await readFile(`/proc/${pid}/cmdline`, 'latin1')}`);
  }
  return running;
}
