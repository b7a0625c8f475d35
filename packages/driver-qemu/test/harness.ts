import { mkdir, mkdtemp, open, readFile, rm } from 'node:fs/promises';
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
// The drivers' own tests run against core's real process host and ledger; users of drivers get them through the manager.
import { createProcessHost } from '../../core/src/process/index.ts';
import { createResourceScope, openLedger, releaseAll } from '../../core/src/resources/index.ts';

const quiet = (): void => undefined;
const silent: Logger = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => silent };

/** One VM's folders, ledger and context, without a manager. */
export interface TestVm extends AsyncDisposable {
  readonly root: string;
  readonly context: DriverContext;
  readonly events: MachineEvent[];
  /** What the driver last asked to remember. */
  control(): JsonObject;
  /** The console so far. */
  serial(): Promise<string>;
  /** Resolves with the match once `pattern` appears on the console after `from` characters. */
  waitFor(pattern: RegExp, from?: number): Promise<RegExpExecArray>;
  /** A new context for the same VM, as another controller would have it. */
  again(): Promise<DriverContext>;
  vmmLog(): Promise<string>;
}

let count = 0;

/** Makes the place for one VM. Disposing it ends every process in its ledger and removes its folders. */
export async function testVm(options: { readonly prefix?: string; readonly signal?: AbortSignal } = {}): Promise<TestVm> {
  const root = await mkdtemp(join(tmpdir(), options.prefix ?? 'vmrs-q-'));
  const paths = {
    runtimeDir: join(root, 'run'),
    stateDir: join(root, 'state'),
    serialLog: join(root, 'state', 'serial.log'),
    vmmLog: join(root, 'state', 'vmm.log'),
  };
  await mkdir(paths.runtimeDir, { mode: 0o700 });
  await mkdir(paths.stateDir, { mode: 0o700 });
  await (await open(paths.serialLog, 'a', 0o600)).close();
  count += 1;
  const name = `vm-${process.pid}-${count}`;
  const ledgers = [await openLedger(join(root, 'ledger.jsonl'))];
  const events: MachineEvent[] = [];
  let remembered: JsonObject = {};
  const contextWith = (ledger: (typeof ledgers)[number], signal: AbortSignal): DriverContext => ({
    vm: { namespace: 'default', name, instanceId: name },
    paths,
    logger: silent,
    signal,
    clock: systemClock,
    resources: createResourceScope(ledger, { guard: { roots: [root] }, logger: silent }),
    processes: createProcessHost({ ledger, paths, logger: silent }),
    async remember(control) {
      remembered = structuredClone(control);
    },
    notify: (event) => events.push(event),
  });
  const first = ledgers[0];
  if (first === undefined) throw new TypeError('there is one');
  const serial = (): Promise<string> => readFile(paths.serialLog, 'latin1');
  return {
    root,
    context: contextWith(first, options.signal ?? new AbortController().signal),
    events,
    control: () => remembered,
    serial,
    async waitFor(pattern, from = 0) {
      for (;;) {
        const match = pattern.exec((await serial()).slice(from));
        if (match !== null) return match;
        await systemClock.sleep(20);
      }
    },
    async again() {
      const ledger = await openLedger(join(root, 'ledger.jsonl'));
      ledgers.push(ledger);
      return contextWith(ledger, new AbortController().signal);
    },
    vmmLog: () => readFile(paths.vmmLog, 'utf8'),
    async [Symbol.asyncDispose]() {
      const ledger = ledgers.at(-1) ?? first;
      await releaseAll(ledger, { guard: { roots: [root] }, logger: silent });
      for (const one of ledgers) await one.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** A boot spec with everything absent but what is given. */
export function bootSpec(vm: TestVm, given: Partial<BootSpec>): BootSpec {
  return {
    name: vm.context.vm.name,
    namespace: vm.context.vm.namespace,
    kernel: null,
    initramfs: null,
    rootDisk: null,
    dataDisk: null,
    seedIso: null,
    cpus: 1,
    memoryMb: 256,
    networks: [],
    sharedDirs: [],
    serialLog: vm.context.paths.serialLog,
    cmdline: null,
    netns: null,
    vsock: false,
    machineId: null,
    efiVariableStore: null,
    rosetta: false,
    ...given,
  };
}
