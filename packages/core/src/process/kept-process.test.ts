import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { deferred } from '../util/deferred.ts';
import {
  firstLine,
  makeZombie,
  pidOf,
  procState,
  recordingLogger,
  runNode,
  scratchDir,
  sourceUrl,
  startChild,
  stillAlive,
} from './fixtures/processes.ts';
import { lookupProcess } from './identity.ts';
import { KeptProcess } from './kept-process.ts';
import { signalProcess } from './signal.ts';
import { spawnKept } from './spawn-vmm.ts';

const TOKEN = '0b9b1f4e-9d8a-4b43-8f5e-4c2f4d1a7c11';
const UNKNOWN_EXIT = { code: null, signal: null, known: false };
/** A process whose keeper is gone and has left no record. */
const UNKEPT = { role: 'vmm', keeper: null, exitFile: '/nonexistent/vmm.exit', token: 'none' };
const linux = process.platform === 'linux';

async function attachTo(child: ChildProcess | number, hint: Promise<unknown>): Promise<KeptProcess> {
  const found = await lookupProcess(typeof child === 'number' ? child : pidOf(child));
  if (found.status !== 'alive' && found.status !== 'zombie') throw new Error(found.status);
  return new KeptProcess({ ...UNKEPT, identity: found.identity, hints: [hint], logger: recordingLogger() });
}

/** Whether a promise has settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  await sleep(30);
  return Promise.race([promise.then(() => true), Promise.resolve(false)]);
}

describe('KeptProcess', () => {
  it('does not look before the hint, and notices the end after it', async () => {
    const child = startChild('/bin/sleep', ['60']);
    const hint = deferred<void>();
    const attached = await attachTo(child, hint.promise);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await settled(attached.exited)).toBe(false);
    hint.resolve();
    expect(await attached.exited).toEqual(UNKNOWN_EXIT);
    expect(await attached.signal('SIGTERM')).toBe('gone');
    await attached.kill();
  });

  it('takes a hint that rejects for a hint', async () => {
    const child = startChild('/bin/sleep', ['60']);
    const hint = deferred<void>();
    const attached = await attachTo(child, hint.promise);
    hint.reject(new Error('connection reset'));
    expect(await settled(attached.exited)).toBe(false);
    child.kill('SIGKILL');
    expect(await attached.exited).toEqual(UNKNOWN_EXIT);
  });

  it.skipIf(!linux)('counts a zombie as gone', async () => {
    const attached = await attachTo(await makeZombie(), Promise.resolve());
    expect(await attached.exited).toEqual(UNKNOWN_EXIT);
  });

  it('notices the end that a signal brings, without a hint', async () => {
    const attached = await attachTo(startChild('/bin/sleep', ['60']), new Promise(() => undefined));
    expect(await attached.signal('SIGTERM')).toBe('sent');
    expect(await attached.exited).toEqual(UNKNOWN_EXIT);
  });

  it('kill returns when the process is gone and not before, and may be called again', async () => {
    const child = startChild('/bin/sh', ['-c', 'trap "" TERM; echo up; while :; do sleep 1; done'], {
      stdio: ['ignore', 'pipe', 'ignore'],
      detached: true,
    });
    await firstLine(child);
    const attached = await attachTo(child, new Promise(() => undefined));
    await attached.signal('SIGTERM');
    expect(await settled(attached.exited)).toBe(false);
    await Promise.all([attached.kill(), attached.kill()]);
    expect(['', 'Z']).toContain(procState(pidOf(child)));
    await attached.kill();
  });

  it('kill returns for a process that has ended unnoticed, and leaves the one alone that has its pid', async () => {
    const pid = pidOf(startChild('/bin/sleep', ['60']));
    const found = await lookupProcess(pid);
    if (found.status !== 'alive') throw new Error(found.status);
    const identity = { ...found.identity, startTime: '1' };
    const hint = new Promise(() => undefined);
    const attached = new KeptProcess({ ...UNKEPT, identity, hints: [hint], logger: recordingLogger() });
    await expect(attached.signal('SIGKILL')).rejects.toMatchObject({ code: 'STALE_PROCESS' });
    await attached.kill();
    expect(await attached.exited).toEqual(UNKNOWN_EXIT);
    expect(await stillAlive(pid)).toBe(true);
  });

  it('lets go of a living process: no descriptor, no further look', async () => {
    const child = startChild('/bin/sleep', ['60']);
    const before = linux ? readdirSync('/proc/self/fd').length : 0;
    const hint = deferred<void>();
    const attached = await attachTo(child, hint.promise);
    attached.release();
    attached.release();
    if (linux) expect(readdirSync('/proc/self/fd').length).toBe(before);
    hint.resolve();
    child.kill('SIGKILL');
    expect(await settled(attached.exited)).toBe(false);
  });

  /** A process with a real keeper, as an earlier controller has left it. */
  async function left(command: { readonly args?: readonly string[] } = {}) {
    const directory = scratchDir();
    const exitFile = join(directory, 'vmm.exit');
    const logger = recordingLogger();
    const options = { token: TOKEN, exitFile, log: join(directory, 'log'), lifetime: 'detached', logger } as const;
    const args = command.args ?? ['-c', 'exec /bin/sleep 60'];
    const { identity, keeper, keeperEnded } = await spawnKept({ role: 'vmm', file: '/bin/sh', args }, options);
    onTestFinished(async () => {
      await signalProcess(identity, 'SIGKILL');
      await keeperEnded;
    });
    const attach = (hints: readonly Promise<unknown>[] = []): KeptProcess =>
      new KeptProcess({ role: 'vmm', identity, keeper, exitFile, token: TOKEN, hints, logger }).watchForRecord();
    return { identity, keeper, keeperEnded, exitFile, attach };
  }

  it('knows how a process of an earlier controller ends, without any hint', async () => {
    const { identity, attach } = await left();
    const taken = attach();
    expect(await settled(taken.exited)).toBe(false);
    process.kill(identity.pid, 'SIGSEGV');
    expect(await taken.exited).toEqual({ code: null, signal: 'SIGSEGV', known: true });
    expect(await taken.signal('SIGTERM')).toBe('gone');
  });

  it('knows it also when it has ended just before', async () => {
    const { attach, keeperEnded } = await left({ args: ['-c', 'exit 7'] });
    await keeperEnded;
    expect(await attach().exited).toEqual({ code: 7, signal: null, known: true });
  });

  it('kill waits for the keeper to tell', async () => {
    const { attach } = await left();
    const taken = attach();
    await taken.kill();
    expect(await taken.exited).toEqual({ code: null, signal: 'SIGKILL', known: true });
  });

  it.skipIf(!linux)('lets go of a living process with everything that it holds', async () => {
    const { attach } = await left();
    // The first watch of all opens what the others share.
    attach().release();
    const before = readdirSync('/proc/self/fd').length;
    attach().release();
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  it('notices the end of a process whose keeper was killed, and says that it does not know how', async () => {
    const { identity, keeper, keeperEnded, attach } = await left();
    const taken = attach([keeperEnded]);
    await signalProcess(keeper, 'SIGKILL');
    expect(await settled(taken.exited)).toBe(false);
    await signalProcess(identity, 'SIGKILL');
    expect(await taken.exited).toEqual(UNKNOWN_EXIT);
  });

  it('does not wait for ever for a keeper that is stopped', async () => {
    const { keeper, attach } = await left();
    await signalProcess(keeper, 'SIGSTOP');
    const taken = attach();
    await taken.kill();
    expect(await taken.exited).toEqual(UNKNOWN_EXIT);
    await signalProcess(keeper, 'SIGKILL');
  });

  it('does not look at a living process with a living keeper again and again', async () => {
    const { attach } = await left();
    const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const taken = attach([Promise.resolve()]);
    await settled(taken.exited);
    expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBe(before);
    taken.release();
  });

  const childCode = (pid: number, then: string) => `
    import { KeptProcess } from '${sourceUrl('process/kept-process.ts')}';
    import { lookupProcess } from '${sourceUrl('process/identity.ts')}';
    const { identity } = await lookupProcess(${pid});
    const attached = new KeptProcess({ ...${JSON.stringify(UNKEPT)}, identity, hints: [Promise.resolve()], logger: {} });
    ${then}`;

  it('does not keep a controller from ending, whose look is pending', async () => {
    const pid = pidOf(startChild('/bin/sleep', ['60']));
    expect(await runNode(childCode(pid, `console.log('end');`))).toBe('end');
    expect(procState(pid)).toBe('S');
  });

  it('keeps a controller alive while kill waits', async () => {
    const child = startChild('/bin/sleep', ['60']);
    expect(await runNode(childCode(pidOf(child), `await attached.kill(); console.log('killed');`))).toBe('killed');
  });
});
