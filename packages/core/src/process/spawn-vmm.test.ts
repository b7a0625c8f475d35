import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Lifetime, ProcessCommand } from '../contract/index.ts';
import { readExitRecord } from './exit-record.ts';
import { findByToken } from './find-by-token.ts';
import {
  firstLine,
  pidOf,
  procState,
  recordingLogger,
  runNode,
  scratchDir,
  sourceUrl,
  startNode,
  stillAlive,
  until,
} from './fixtures/processes.ts';
import { lookupProcess } from './identity.ts';
import { KeptProcess } from './kept-process.ts';
import { signalProcess } from './signal.ts';
import { spawnKept } from './spawn-vmm.ts';

const TOKEN = '0b9b1f4e-9d8a-4b43-8f5e-4c2f4d1a7c11';
const linux = process.platform === 'linux';

/** Starts a program, and ends it with the test. */
async function start(command: Omit<ProcessCommand, 'role'>, log: string): Promise<KeptProcess> {
  const logger = recordingLogger();
  const exitFile = join(dirname(log), 'vmm.exit');
  rmSync(exitFile, { force: true });
  const options = { token: TOKEN, log, exitFile, lifetime: 'detached', logger } as const;
  const { identity, keeper, keeperEnded } = await spawnKept({ role: 'vmm', ...command }, options);
  onTestFinished(async () => {
    await signalProcess(identity, 'SIGKILL');
  });
  return new KeptProcess({ role: 'vmm', identity, keeper, exitFile, token: TOKEN, hints: [keeperEnded], logger });
}

function shell(script: string): Pick<ProcessCommand, 'file' | 'args'> {
  return { file: '/bin/sh', args: ['-c', script] };
}

describe('spawnKept', () => {
  it('appends stdout and stderr to the log, which only its owner may read', async () => {
    const log = join(scratchDir(), 'vmm.log');
    for (const word of ['one', 'two']) {
      const { exited } = await start(shell(`echo ${word}; echo error >&2`), log);
      expect(await exited).toEqual({ code: 0, signal: null, known: true });
    }
    expect(readFileSync(log, 'utf8')).toBe('one\nerror\ntwo\nerror\n');
    expect(statSync(log).mode & 0o777).toBe(0o600);
  });

  it('appends stdout to a file of its own where one is named, which only its owner may read', async () => {
    const directory = scratchDir();
    const [log, stdout] = [join(directory, 'vmm.log'), join(directory, 'serial.log')];
    for (const word of ['one', 'two']) {
      const { exited } = await start({ ...shell(`echo ${word}; echo no ${word} >&2`), stdout }, log);
      expect(await exited).toEqual({ code: 0, signal: null, known: true });
    }
    expect(readFileSync(stdout, 'utf8')).toBe('one\ntwo\n');
    expect(readFileSync(log, 'utf8')).toBe('no one\nno two\n');
    expect(statSync(stdout).mode & 0o777).toBe(0o600);
  });

  it("follows a link in the place of the file for stdout, which may be the user's own", async () => {
    const directory = scratchDir();
    symlinkSync('elsewhere', join(directory, 'serial.log'));
    const stdout = join(directory, 'serial.log');
    await (await start({ ...shell('echo one'), stdout }, join(directory, 'log'))).exited;
    expect(readFileSync(join(directory, 'elsewhere'), 'utf8')).toBe('one\n');
  });

  it('names a file for stdout that cannot be opened, and does not wait for the reader of a FIFO', async () => {
    const directory = scratchDir();
    const fifo = join(directory, 'fifo');
    execFileSync('mkfifo', [fifo]);
    for (const [stdout, why] of [
      [join(directory, 'missing', 'serial.log'), /file for stdout '.*' cannot be opened \(ENOENT\)/],
      [directory, /EISDIR/],
      [fifo, /ENXIO/],
      ['/dev/null', /not a regular file/],
    ] as const) {
      const failure = start({ ...shell('true'), stdout }, join(directory, 'log'));
      await expect(failure).rejects.toThrow(why);
      await expect(failure).rejects.toMatchObject({ code: 'IO', details: { path: stdout } });
    }
  });

  it.skipIf(!linux)('gives it a session of its own, no stdin, its token, its environment and directory', async () => {
    const directory = scratchDir();
    const command = { file: '/bin/sleep', args: ['60'], env: { EXTRA: 'yes' }, cwd: directory };
    const { identity } = await start(command, join(directory, 'log'));
    const { pid } = identity;
    const [, , , group, session] = /\) (\S) (\d+) (\d+) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
    expect(group).toBe(session);
    expect(group).not.toBe(String(process.pid));
    expect(session).toBe(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1'))?.[1]);
    expect(readlinkSync(`/proc/${pid}/fd/0`)).toBe('/dev/null');
    expect(readlinkSync(`/proc/${pid}/cwd`)).toBe(directory);
    const environ = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    expect(environ).toEqual(
      expect.arrayContaining([`VMRS_TOKEN=${TOKEN}`, 'EXTRA=yes', `PATH=${process.env['PATH']}`]),
    );
    expect(await lookupProcess(pid)).toEqual({ status: 'alive', identity });
  });

  it('hands descriptors on as 3, 4, ..., high ones too', async () => {
    const directory = scratchDir();
    const fds = Array.from({ length: 12 }, (_, n) => openSync(join(directory, `fd${n}`), 'w'));
    const { exited } = await start({ ...shell('echo a >&3; echo b >&4'), fds: fds.slice(-2) }, join(directory, 'log'));
    for (const fd of fds) closeSync(fd);
    await exited;
    expect(readFileSync(join(directory, 'fd10'), 'utf8')).toBe('a\n');
    expect(readFileSync(join(directory, 'fd11'), 'utf8')).toBe('b\n');
  });

  it('reports code and signal of the end', async () => {
    const directory = scratchDir();
    const failed = await start(shell('exit 3'), join(directory, 'log'));
    expect(await failed.exited).toEqual({ code: 3, signal: null, known: true });
    const killed = await start(shell('kill -SEGV $$'), join(directory, 'log'));
    expect(await killed.exited).toEqual({ code: null, signal: 'SIGSEGV', known: true });
  });

  it.skipIf(!linux)('identifies a process that has ended by the time anybody looks', async () => {
    for (let n = 0; n < 20; n += 1) {
      const { identity, exited } = await start({ file: '/bin/true', args: [] }, join(scratchDir(), 'log'));
      expect(identity.startTime).toMatch(/^\d+$/);
      await exited;
    }
  });

  it.each([
    ['a missing program', { file: '/nonexistent/vmm', args: [] }, /no such file/, 'ENOENT'],
    ['a file that is no program', { file: '/etc/passwd', args: [] }, /not an executable file/, 'EACCES'],
    [
      'a missing working directory',
      { file: '/bin/true', args: [], cwd: '/nonexistent' },
      /directory '\/nonexistent'/,
      'ENOENT',
    ],
  ])('names %s and what to do', async (_, command, message, code) => {
    const failure = start(command, join(scratchDir(), 'log'));
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toMatchObject({
      code: 'HYPERVISOR',
      details: { operation: 'spawn' },
      cause: { code },
    });
  });

  it('names a missing interpreter', async () => {
    const script = join(scratchDir(), 'vmm');
    writeFileSync(script, '#!/nonexistent/interpreter\n', { mode: 0o700 });
    await expect(start({ file: script, args: [] }, join(scratchDir(), 'log'))).rejects.toThrow(/interpreter or loader/);
  });

  it('does not follow a link in the place of the log', async () => {
    const directory = scratchDir();
    symlinkSync(join(directory, 'elsewhere'), join(directory, 'log'));
    await expect(start(shell('true'), join(directory, 'log'))).rejects.toMatchObject({
      code: 'IO',
      cause: { code: 'ELOOP' },
    });
  });

  it('leaves no descriptor open', async () => {
    const directory = scratchDir();
    const { exited: first } = await start(shell('true'), join(directory, 'log'));
    await first;
    const before = openSync('/dev/null', 'r');
    closeSync(before);
    for (let n = 0; n < 5; n += 1) await (await start(shell('true'), join(directory, 'log'))).exited;
    await (await start({ ...shell('true'), stdout: join(directory, 'out') }, join(directory, 'log'))).exited;
    await start({ file: '/nonexistent', args: [] }, join(directory, 'log')).catch(() => undefined);
    await start({ ...shell('true'), stdout: '/dev/null' }, join(directory, 'log')).catch(() => undefined);
    const after = openSync('/dev/null', 'r');
    closeSync(after);
    expect(after).toBe(before);
  });

  const childCode = (directory: string, lifetime: Lifetime, then: string) => `
    import { spawnKept } from '${sourceUrl('process/spawn-vmm.ts')}';
    import { KeptProcess } from '${sourceUrl('process/kept-process.ts')}';
    const logger = { debug() {}, warn() {} };
    const command = { role: 'vmm', file: '/bin/sleep', args: ['60'] };
    const [token, exitFile] = ['${TOKEN}', '${directory}/vmm.exit'];
    const options = { token, log: '${directory}/log', exitFile, lifetime: '${lifetime}', logger };
    const { identity, keeper, keeperEnded } = await spawnKept(command, options);
    console.log(identity.pid, keeper.pid);
    ${then}`;

  /** What a controller that ran `childCode` has started. */
  function started(line: string): { readonly pid: number; readonly keeper: number } {
    const [pid = 0, keeper = 0] = line.split(' ').map(Number);
    onTestFinished(async () => {
      if (!['', 'Z'].includes(procState(pid))) process.kill(pid, 'SIGKILL');
      await until(() => ['', 'Z'].includes(procState(keeper)));
    });
    return { pid, keeper };
  }

  it('outlives a controller that ends, and does not keep it from ending', async () => {
    const { pid } = started(await runNode(childCode(scratchDir(), 'detached', '')));
    expect(procState(pid)).toBe('S');
  });

  it('outlives a controller that is killed, and its end is written down all the same', async () => {
    const directory = scratchDir();
    const controller = startNode(childCode(directory, 'detached', 'setInterval(() => {}, 1000);'));
    const { pid, keeper } = started(await firstLine(controller));
    process.kill(pidOf(controller), 'SIGKILL');
    await once(controller, 'exit');
    expect(await stillAlive(pid)).toBe(true);
    process.kill(pid, 'SIGABRT');
    await until(() => ['', 'Z'].includes(procState(keeper)));
    const exit = { code: null, signal: 'SIGABRT', known: true };
    expect(readExitRecord(join(directory, 'vmm.exit'), TOKEN)).toEqual(exit);
  });

  it.each(['SIGKILL', 'SIGTERM'] as const)('attached, it does not outlive a controller ended by %s', async (signal) => {
    const controller = startNode(childCode(scratchDir(), 'attached', 'setInterval(() => {}, 1000);'));
    const { pid, keeper } = started(await firstLine(controller));
    expect(await stillAlive(pid)).toBe(true);
    process.kill(pidOf(controller), signal);
    await once(controller, 'exit');
    await until(() => ['', 'Z'].includes(procState(pid)) && ['', 'Z'].includes(procState(keeper)));
  });

  it('attached, it ends with a controller that has nothing more to do', async () => {
    const { pid } = started(await runNode(childCode(scratchDir(), 'attached', '')));
    await until(() => ['', 'Z'].includes(procState(pid)));
  });

  it('attached, it does not outlive a controller that ends while it is started', async () => {
    const directory = scratchDir();
    // SIGKILL before the keeper can have begun to watch: the call to spawn has only just returned.
    const code = childCode(directory, 'attached', '').replace(
      'await spawnKept',
      "(setImmediate(() => process.kill(process.pid, 'SIGKILL')), await spawnKept",
    );
    const closed = code.replace('(command, options);', '(command, options));');
    for (let n = 0; n < 10; n += 1) await once(startNode(closed), 'exit');
    await until(async () => (await findByToken(TOKEN)).length === 0);
  });

  it('attached, SIGTERM to all of it does not blind its keeper', async () => {
    const stubborn = shell('trap "" TERM; echo up; while :; do /bin/sleep 0.1; done');
    const code = childCode(scratchDir(), 'attached', 'setInterval(() => {}, 1000);').replace(
      "file: '/bin/sleep', args: ['60']",
      `file: '/bin/sh', args: ${JSON.stringify(stubborn.args)}`,
    );
    const controller = startNode(code);
    const { pid, keeper } = started(await firstLine(controller));
    await sleep(50);
    process.kill(-keeper, 'SIGTERM');
    expect(await stillAlive(pid)).toBe(true);
    process.kill(pidOf(controller), 'SIGKILL');
    await until(() => ['', 'Z'].includes(procState(pid)));
  });

  it('keeps a controller alive while kill waits, and no longer', async () => {
    const then = `
      const kept = new KeptProcess({ role: 'vmm', identity, keeper, exitFile, token, hints: [keeperEnded], logger });
      await kept.kill();
      console.log('killed');`;
    const [line = '', last] = (await runNode(childCode(scratchDir(), 'detached', then))).split('\n');
    expect(last).toBe('killed');
    await until(() => procState(started(line).pid) === '');
  });
});
