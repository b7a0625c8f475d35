import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Lifetime } from '../contract/index.ts';
import { readExitRecord } from './exit-record.ts';
import { pidOf, procState, scratchDir, stillAlive, until } from './fixtures/processes.ts';
import { keeperCommand, parseBirth } from './keeper.ts';

const TOKEN = '0b9b1f4e-9d8a-4b43-8f5e-4c2f4d1a7c11';
const linux = process.platform === 'linux';

/** The shells that are /bin/sh somewhere, as programs and what makes them that. */
const SHELLS: readonly (readonly [name: string, file: string, args: readonly string[]])[] = [
  ['dash', '/bin/dash', []],
  ['bash', '/bin/bash', ['--posix']],
  ['busybox', '/bin/busybox', ['sh']],
];

interface Kept {
  readonly keeper: ChildProcess;
  readonly birth: NonNullable<ReturnType<typeof parseBirth>>;
  readonly log: string;
  readonly stdout: string;
  end(): Promise<ReturnType<typeof readExitRecord>>;
  letGo(): void;
}

async function keep(
  shell: (typeof SHELLS)[number],
  program: readonly string[],
  lifetime: Lifetime,
  output: 'log' | 'stdout' = 'log',
): Promise<Kept> {
  const directory = scratchDir();
  const [file = '', ...args] = program;
  const exitFile = join(directory, 'vmm.exit');
  const command = keeperCommand({ file, args }, { exitFile, token: TOKEN, lifetime });
  const log = join(directory, 'log');
  const stdout = join(directory, output);
  const keeper = spawn(shell[1], [...shell[2], ...command.args], {
    detached: true,
    stdio: [openSync(stdout, 'a'), openSync(log, 'a'), 'pipe'],
  });
  const exit = once(keeper, 'exit');
  const [line] = await once(keeper.stderr as NonNullable<typeof keeper.stderr>, 'data');
  const birth = parseBirth(String(line).trimEnd());
  if (birth === null) throw new Error(`not a birth: ${line}`);
  onTestFinished(async () => {
    if (procState(birth.pid) !== '') process.kill(birth.pid, 'SIGKILL');
    await exit;
  });
  const end = async (): Promise<ReturnType<typeof readExitRecord>> => {
    await exit;
    return readExitRecord(exitFile, TOKEN);
  };
  return { keeper, birth, log, stdout, end, letGo: () => void keeper.stderr?.destroy() };
}

describe.each(SHELLS)('a keeper in %s', (...shell) => {
  const missing = !existsSync(shell[1]);

  it.skipIf(missing)('tells who the program is, which has its streams and no others', async () => {
    const { birth, log } = await keep(shell, ['/bin/sleep', '60'], 'detached');
    await until(() => readFileSync(`/proc/${birth.pid}/comm`, 'utf8') === 'sleep\n');
    expect(birth.startTime).toBe(/\) (?:\S+ ){19}(\S+)/.exec(readFileSync(`/proc/${birth.pid}/stat`, 'utf8'))?.[1]);
    const [stdin, stdout, stderr] = [0, 1, 2].map((fd) => readlinkSync(`/proc/${birth.pid}/fd/${fd}`));
    expect([stdin, stdout, stderr]).toEqual(['/dev/null', log, log]);
  });

  it.skipIf(missing)('gives it a stdout of its own, and says nothing there', async () => {
    for (const lifetime of ['detached', 'attached'] as const) {
      const { birth, stdout, log } = await keep(shell, ['/bin/sleep', '60'], lifetime, 'stdout');
      await until(() => readFileSync(`/proc/${birth.pid}/comm`, 'utf8') === 'sleep\n');
      const streams = [0, 1, 2].map((fd) => readlinkSync(`/proc/${birth.pid}/fd/${fd}`));
      expect(streams).toEqual(['/dev/null', stdout, log]);
    }
    const kept = await keep(shell, ['/bin/sh', '-c', 'echo out; echo err >&2; kill -SEGV $$'], 'attached', 'stdout');
    expect(await kept.end()).toEqual({ code: null, signal: 'SIGSEGV', known: true });
    expect(readFileSync(kept.stdout, 'utf8')).toBe('out\n');
    expect(readFileSync(kept.log, 'utf8')).toBe('err\n');
    const failed = await keep(shell, ['/nonexistent/vmm'], 'detached', 'stdout');
    expect(await failed.end()).toEqual({ code: 127, signal: null, known: true });
    expect(readFileSync(failed.stdout, 'utf8')).toBe('');
    expect(readFileSync(failed.log, 'utf8')).toMatch(/\/nonexistent\/vmm/);
  });

  it.skipIf(missing)('leaves it the signals as they were', async () => {
    const { birth } = await keep(shell, ['/bin/sleep', '60'], 'detached');
    await until(() => readFileSync(`/proc/${birth.pid}/comm`, 'utf8') === 'sleep\n');
    const ignored = (status: string): string | undefined => /SigIgn:\t(\S+)/.exec(readFileSync(status, 'utf8'))?.[1];
    // Node.js itself ignores SIGPIPE, and resets that in what it starts.
    expect(ignored(`/proc/${birth.pid}/status`)).toBe('0000000000000000');
  });

  it.skipIf(missing)('writes down an exit code', async () => {
    const kept = await keep(shell, ['/bin/sh', '-c', 'exit 3'], 'detached');
    expect(await kept.end()).toEqual({ code: 3, signal: null, known: true });
    expect(readFileSync(kept.log, 'utf8')).toBe('');
  });

  it.skipIf(missing)('writes down the signal, also when nobody listens, and nothing into the log', async () => {
    const kept = await keep(shell, ['/bin/sleep', '60'], 'detached');
    kept.letGo();
    process.kill(kept.birth.pid, 'SIGSEGV');
    expect(await kept.end()).toEqual({ code: null, signal: 'SIGSEGV', known: true });
    expect(readFileSync(kept.log, 'utf8')).toBe('');
  });

  it.skipIf(missing)('survives what is sent to its whole group but SIGKILL', async () => {
    const kept = await keep(shell, ['/bin/sleep', '60'], 'attached');
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT'] as const) process.kill(pidOf(kept.keeper), signal);
    process.kill(-pidOf(kept.keeper), 'SIGTERM');
    expect(await kept.end()).toEqual({ code: null, signal: 'SIGTERM', known: true });
  });

  it.skipIf(missing)('ends what the program leaves in its group', async () => {
    const kept = await keep(shell, ['/bin/sh', '-c', '/bin/sleep 60 & echo $!; exit 5'], 'detached');
    expect(await kept.end()).toEqual({ code: 5, signal: null, known: true });
    await until(() => ['', 'Z'].includes(procState(Number(readFileSync(kept.log, 'utf8')))));
  });

  it.skipIf(missing)('hands every argument on as it is', async () => {
    const nasty = ['a b', '', '"', "'", '$(touch /tmp/never)', '`x`', '*', '-n', '\\', 'new\nline', '--', 'é'];
    const kept = await keep(shell, ['/usr/bin/printf', '%s\\0', ...nasty], 'detached');
    expect(await kept.end()).toEqual({ code: 0, signal: null, known: true });
    expect(readFileSync(kept.log, 'utf8').split('\0').slice(0, -1)).toEqual(nasty);
  });

  it.skipIf(missing)('attached, ends everything when its controller is gone, and nothing before', async () => {
    const kept = await keep(shell, ['/bin/sh', '-c', '/bin/sleep 60 & echo $!; wait'], 'attached');
    expect(await stillAlive(kept.birth.pid)).toBe(true);
    const helper = Number(readFileSync(kept.log, 'utf8'));
    kept.letGo();
    expect(await kept.end()).toBeNull();
    await until(() => [kept.birth.pid, helper].every((pid) => ['', 'Z'].includes(procState(pid))));
  });

  it.skipIf(missing)('attached, leaves no zombie of its own behind', async () => {
    const kept = await keep(shell, ['/bin/sleep', '0.1'], 'attached');
    const group = pidOf(kept.keeper);
    expect(await kept.end()).toEqual({ code: 0, signal: null, known: true });
    expect(() => process.kill(-group, 0)).toThrow('ESRCH');
  });

  it.skipIf(missing)('says in the log why a program cannot be executed', async () => {
    const kept = await keep(shell, ['/nonexistent/vmm'], 'detached');
    expect(await kept.end()).toEqual({ code: 127, signal: null, known: true });
    expect(readFileSync(kept.log, 'utf8')).toMatch(/\/nonexistent\/vmm/);
  });
});

describe('parseBirth', () => {
  it.skipIf(!linux)('reads a line of procfs', () => {
    const line = readFileSync('/proc/self/stat', 'latin1').trimEnd();
    expect(parseBirth(line)).toEqual({ pid: process.pid, startTime: expect.stringMatching(/^\d+$/) });
  });

  it('reads a pid alone, as elsewhere', () => {
    expect(parseBirth('4242')).toEqual({ pid: 4242, startTime: null });
  });

  it.each(['', 'sh: not found', '1', '-4', '12x', '99999999999999999999'])('takes %j for none', (line) => {
    expect(parseBirth(line)).toBeNull();
  });
});
