import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { deferred } from '../util/deferred.ts';
import { AttachedProcess } from './attached-process.ts';
import {
  firstLine,
  makeZombie,
  pidOf,
  procState,
  recordingLogger,
  runNode,
  sourceUrl,
  startChild,
  stillAlive,
} from './fixtures/processes.ts';
import { lookupProcess } from './identity.ts';

const UNKNOWN_EXIT = { code: null, signal: null, known: false };
const linux = process.platform === 'linux';

async function attachTo(child: ChildProcess | number, hint: Promise<unknown>): Promise<AttachedProcess> {
  const found = await lookupProcess(typeof child === 'number' ? child : pidOf(child));
  if (found.status !== 'alive' && found.status !== 'zombie') throw new Error(found.status);
  return new AttachedProcess({ role: 'vmm', identity: found.identity, hint, logger: recordingLogger() });
}

/** Whether a promise has settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  await sleep(30);
  return Promise.race([promise.then(() => true), Promise.resolve(false)]);
}

describe('AttachedProcess', () => {
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
    const attached = new AttachedProcess({ role: 'vmm', identity, hint, logger: recordingLogger() });
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

  const childCode = (pid: number, then: string) => `
    import { AttachedProcess } from '${sourceUrl('process/attached-process.ts')}';
    import { lookupProcess } from '${sourceUrl('process/identity.ts')}';
    const { identity } = await lookupProcess(${pid});
    const attached = new AttachedProcess({ role: 'vmm', identity, hint: Promise.resolve(), logger: {} });
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
