import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import { type FileSystem, systemFileSystem, type Vm } from '@vmrs/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../src/conformance/expectations.ts';
import { filesUnder, fingerprint } from '../src/conformance/outside/files.ts';
import { isAlive, MARK, markedProcesses, signalFromOutside } from '../src/conformance/outside/processes.ts';
import { failingAt, failingWhere, observed, type Step, type StepOperation } from '../src/faulty-file-system/index.ts';
import { CALL_MS, DiskLife, plainName } from './disk-life.ts';

/** How many lives are lived at the same time. Most of one is waiting for processes to start and end. */
const AT_ONCE = 6;
/** Steps that the order of events may add to a life, or take from it. */
const SPARE_STEPS = 3;

const mark = randomUUID();
const unheard: unknown[] = [];
const onUnheard = (reason: unknown): void => void unheard.push(reason);

beforeAll(() => {
  process.env[MARK] = mark;
  process.on('unhandledRejection', onUnheard);
});

afterAll(() => {
  delete process.env[MARK];
  process.off('unhandledRejection', onUnheard);
});

/** What a controller does on a disk that may fail, after what another has done on a healthy one. */
interface Course {
  readonly before?: (life: DiskLife) => Promise<void>;
  readonly live: (life: DiskLife, fileSystem: FileSystem) => Promise<void>;
  /** How the disk fails, each at every step; keys of {@link FAULTS}. */
  readonly faults: readonly string[];
}

async function bootHealthily(life: DiskLife): Promise<Vm> {
  const vms = await life.open();
  const vm = await vms.boot(life.config);
  await vm.ready({ timeoutMs: CALL_MS });
  await vms.close();
  return vm;
}

/** Goes on after each failure as far as that makes sense, as the courses below do. */
async function operateAndStop(life: DiskLife, vm: Vm): Promise<void> {
  await life.call('ready', vm.ready({ timeoutMs: CALL_MS }));
  await life.call('pause', vm.pause());
  await life.call('snapshot', vm.snapshot(life.snapshotDir));
  await life.call('resume', vm.resume());
  await life.call('stop', vm.stop());
}

const COURSES: Readonly<Record<string, Course>> = {
  'of a VM from its boot to its removal': {
    live: async (life, fileSystem) => {
      const vms = await life.call('open', life.open(fileSystem));
      if (vms === null) return;
      const vm = await life.call('boot', vms.boot(life.config));
      if (vm !== null) await operateAndStop(life, vm);
      await life.call('remove', vms.remove('web'));
      await life.call('close', vms.close());
    },
    faults: ['ENOSPC once', 'EIO once', 'ENOSPC from then on'],
  },
  'of a VM that is taken back': {
    before: async (life) => void (await bootHealthily(life)),
    live: async (life, fileSystem) => {
      const vms = await life.call('open', life.open(fileSystem));
      if (vms === null) return;
      await life.call('adoptAll', vms.adoptAll());
      const vm = await life.call('get', vms.get('web'));
      if (vm !== null) await life.call('stop', vm.stop());
      await life.call('remove', vms.remove('web'));
      await life.call('close', vms.close());
    },
    faults: ['EIO once', 'ENOSPC from then on'],
  },
  'of a VM that is booted over the remains of another': {
    before: async (life) => {
      const { process: vmm } = await bootHealthily(life);
      if (vmm === null) throw new Error('the stand-in has a process');
      signalFromOutside(vmm.pid, 'SIGKILL');
      await eventually(CALL_MS, () => !isAlive(vmm), 'the end of the VMM');
    },
    live: async (life, fileSystem) => {
      const vms = await life.call('open', life.open(fileSystem));
      if (vms === null) return;
      await life.call('boot', vms.boot(life.config));
      await life.call('close', vms.close());
    },
    faults: ['EIO once', 'ENOSPC from then on'],
  },
};

/** What a full disk has no room for; it can still be cleaned up. */
const TAKES_SPACE: ReadonlySet<StepOperation> = new Set([
  ...(['makeDirectory', 'createFile', 'touch', 'append', 'openAppend', 'openAppend.append'] as const),
  ...(['link', 'symlink', 'copyFile'] as const),
]);

/** How the disk fails from a step on. */
const FAULTS: Readonly<Record<string, (number: number) => FileSystem>> = {
  'ENOSPC once': (number) => failingAt(systemFileSystem, number, 'ENOSPC', { halfWritten: true }),
  'EIO once': (number) => failingAt(systemFileSystem, number, 'EIO'),
  'ENOSPC from then on': (number) =>
    failingWhere(systemFileSystem, (step) => step.number >= number && TAKES_SPACE.has(step.operation), 'ENOSPC', {
      halfWritten: true,
    }),
};

/** The steps of a life on a healthy disk. */
async function stepsOf({ before, live }: Course): Promise<readonly Step[]> {
  await using life = await DiskLife.begin();
  await before?.(life);
  const steps: Step[] = [];
  await live(life, observed(systemFileSystem, { before: (step) => void steps.push(step) }));
  expect(life.outcomes.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
  expect(await life.leftOver()).toEqual([]);
  return steps;
}

/** What came of a life in which the disk fails at a step. */
interface FaultyLife {
  /** Whether it came to that step. */
  readonly reached: boolean;
  /** What was wrong with it, as lines. */
  readonly problems: readonly string[];
}

async function liveWithFault({ before, live }: Course, number: number, fault: string): Promise<FaultyLife> {
  await using life = await DiskLife.begin();
  await before?.(life);
  let failed: string | null = null;
  const disk = FAULTS[fault]?.(number);
  if (disk === undefined) throw new TypeError(`no fault is called '${fault}'`);
  const told = observed(disk, {
    before: ({ operation, path, ...step }) => {
      if (step.number === number) failed = `${operation} of ${plainName(path)}`;
    },
  });
  await live(life, told);
  const odd = life.outcomes.filter(({ outcome }) => outcome.startsWith('no VmError'));
  const problems = [...odd.map(({ call, outcome }) => `${call}: ${outcome}`), ...(await life.leftOver())];
  const lines = problems.map((problem) => `${fault} at step ${number}, ${failed}: ${problem}`);
  return { reached: failed !== null, problems: lines };
}

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

describe('a disk that fails at any step of the life', () => {
  it.each(Object.keys(COURSES))('%s', { timeout: 300_000 }, async (name) => {
    const course = COURSES[name];
    if (course === undefined) throw new TypeError(`no course is called '${name}'`);
    const count = (await stepsOf(course)).length;
    const numbers = Array.from({ length: count + SPARE_STEPS }, (_, index) => index + 1);
    const turns = course.faults.flatMap((fault) => numbers.map((number) => ({ number, fault })));
    const lives: FaultyLife[] = [];
    await inTurns(turns, async ({ number, fault }) => {
      lives.push(await liveWithFault(course, number, fault));
    });
    expect(lives.flatMap(({ problems }) => problems)).toEqual([]);
    const reached = lives.filter((life) => life.reached).length;
    expect(reached).toBeGreaterThanOrEqual((count - SPARE_STEPS) * course.faults.length);
    expect(await markedProcesses(mark)).toEqual([]);
    expect(unheard).toEqual([]);
  });
});

describe('the injected file system', () => {
  it('is told of every file and folder that core makes', async () => {
    await using life = await DiskLife.begin();
    const told = new Set<string>();
    const makes = new Set<StepOperation>([...TAKES_SPACE, 'rename']);
    const tell = ({ operation, path, dest }: Step): void => {
      if (makes.has(operation)) told.add(plainName(dest ?? path));
    };
    const vms = await life.open(observed(systemFileSystem, { before: tell }));
    const vm = await vms.boot(life.config);
    await vm.ready({ timeoutMs: CALL_MS });
    const made = [...(await filesUnder(life.stateDir)), ...(await filesUnder(life.runtimeDir))];
    const untold = made.map((line) => plainName(line)).filter((line) => !told.has(line.replace(/ \([a-z ]+\)$/, '')));
    // The log is opened for the VMM by what starts it; sockets appear where somebody listens.
    expect(untold).toEqual(['vmm.log (file)', 'control.sock (socket)', 'owner (socket)']);
    await vm.kill();
    await vms.close();
    expect(await life.leftOver()).toEqual([]);
  });
});

/** Makes a directory one in which nothing can be changed, for a while: for root, who ignores modes, by a mount. */
function readOnly(directory: string): Disposable {
  if (process.getuid?.() !== 0) {
    chmodSync(directory, 0o500);
    return { [Symbol.dispose]: () => chmodSync(directory, 0o700) };
  }
  execFileSync('mount', ['--bind', directory, directory]);
  execFileSync('mount', ['-o', 'remount,bind,ro', directory]);
  return { [Symbol.dispose]: () => void execFileSync('umount', [directory]) };
}

const canBeReadOnly = process.platform === 'linux' || process.getuid?.() !== 0;

describe.skipIf(!canBeReadOnly)('a read-only directory (needs Linux when root)', () => {
  it('of state: what is there can be looked at, a boot is refused with advice, and nothing is left', async () => {
    await using life = await DiskLife.begin();
    const ended = await life.open();
    await (await ended.boot({ ...life.config, name: 'old' })).kill();
    await ended.close();
    const before = await fingerprint(life.stateDir);
    {
      using _ = readOnly(life.stateDir);
      const vms = await life.open();
      expect((await vms.list()).map(({ name, state }) => [name, state.status])).toEqual([['old', 'stopped']]);
      expect((await vms.get('old')).state.status).toBe('stopped');
      expect(await vms.adoptAll()).toMatchObject({ problems: [] });
      const advice = /choose another state directory|check the owner and mode/;
      for (const refused of [() => vms.boot(life.config), () => vms.remove('old')]) {
        await expect(refused()).rejects.toMatchObject({ code: 'IO', message: expect.stringMatching(advice) });
      }
      await vms.close();
      expect(await fingerprint(life.stateDir)).toEqual(before);
    }
    expect(await life.leftOver()).toEqual([]);
  });

  it('of sockets: a boot is refused, and nothing is left', async () => {
    await using life = await DiskLife.begin();
    mkdirSync(life.runtimeDir, { mode: 0o700 });
    {
      using _ = readOnly(life.runtimeDir);
      const vms = await life.open();
      await expect(vms.boot(life.config)).rejects.toMatchObject({ code: 'IO' });
      await vms.close();
      expect(await filesUnder(life.stateDir)).toEqual([]);
    }
    expect(await life.leftOver()).toEqual([]);
  });
});
