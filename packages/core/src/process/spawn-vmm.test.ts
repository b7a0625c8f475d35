import { once } from 'node:events';
import { closeSync, openSync, readFileSync, readlinkSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ProcessCommand } from '../contract/index.ts';
import {
  firstLine,
  pidOf,
  procState,
  recordingLogger,
  runNode,
  scratchDir,
  sourceUrl,
  startNode,
  until,
} from './fixtures/processes.ts';
import { lookupProcess } from './identity.ts';
import { signalProcess } from './signal.ts';
import { type SpawnedProcess, spawnDetached } from './spawn-vmm.ts';

const TOKEN = '0b9b1f4e-9d8a-4b43-8f5e-4c2f4d1a7c11';
const linux = process.platform === 'linux';

async function start(command: Omit<ProcessCommand, 'role'>, log: string): Promise<SpawnedProcess> {
  const spawned = await spawnDetached({ role: 'vmm', ...command }, { token: TOKEN, log, logger: recordingLogger() });
  onTestFinished(async () => {
    await signalProcess(spawned.identity, 'SIGKILL', { group: true });
  });
  return spawned;
}

function shell(script: string): Pick<ProcessCommand, 'file' | 'args'> {
  return { file: '/bin/sh', args: ['-c', script] };
}

describe('spawnDetached', () => {
  it('appends stdout and stderr to the log, which only its owner may read', async () => {
    const log = join(scratchDir(), 'vmm.log');
    for (const word of ['one', 'two']) {
      const { exited } = await start(shell(`echo ${word}; echo error >&2`), log);
      expect(await exited).toEqual({ code: 0, signal: null, known: true });
    }
    expect(readFileSync(log, 'utf8')).toBe('one\nerror\ntwo\nerror\n');
    expect(statSync(log).mode & 0o777).toBe(0o600);
  });

  it.skipIf(!linux)('gives it a session of its own, no stdin, its token, its environment and directory', async () => {
    const directory = scratchDir();
    const command = { file: '/bin/sleep', args: ['60'], env: { EXTRA: 'yes' }, cwd: directory };
    const { identity } = await start(command, join(directory, 'log'));
    const { pid } = identity;
    const [, , , group, session] = /\) (\S) (\d+) (\d+) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? [];
    expect([group, session]).toEqual([String(pid), String(pid)]);
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
    await start({ file: '/nonexistent', args: [] }, join(directory, 'log')).catch(() => undefined);
    const after = openSync('/dev/null', 'r');
    closeSync(after);
    expect(after).toBe(before);
  });

  const childCode = (then: string, log: string) => `
    import { spawnDetached } from '${sourceUrl('process/spawn-vmm.ts')}';
    import { OwnProcess } from '${sourceUrl('process/own-process.ts')}';
    const logger = { debug() {} };
    const command = { role: 'vmm', file: '/bin/sleep', args: ['60'] };
    const spawned = await spawnDetached(command, { token: '${TOKEN}', log: '${log}', logger });
    console.log(spawned.identity.pid);
    ${then}`;

  it('outlives a controller that ends, and does not keep it from ending', async () => {
    const pid = Number(await runNode(childCode('', join(scratchDir(), 'log'))));
    onTestFinished(() => void process.kill(pid, 'SIGKILL'));
    expect(procState(pid)).toBe('S');
  });

  it('outlives a controller that is killed', async () => {
    const controller = startNode(childCode('setInterval(() => {}, 1000);', join(scratchDir(), 'log')));
    const pid = Number(await firstLine(controller));
    onTestFinished(() => void process.kill(pid, 'SIGKILL'));
    process.kill(pidOf(controller), 'SIGKILL');
    await once(controller, 'exit');
    expect(procState(pid)).toBe('S');
  });

  it('keeps a controller alive while kill waits, and no longer', async () => {
    const then = `await new OwnProcess('vmm', spawned).kill(); console.log('killed');`;
    const [pid, last] = (await runNode(childCode(then, join(scratchDir(), 'log')))).split('\n');
    expect(last).toBe('killed');
    await until(() => procState(Number(pid)) === '');
  });
});
