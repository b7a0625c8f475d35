import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { ProcessIdentity } from '../contract/index.ts';
import {
  BECOME_NOBODY,
  firstLine,
  makeZombie,
  pidOf,
  procState,
  runNode,
  sourceUrl,
  startChild,
  startSleeper,
  stillAlive,
  until,
} from './fixtures/processes.ts';
import { lookupProcess } from './identity.ts';
import { signalProcess } from './signal.ts';

const linux = process.platform === 'linux';
const linuxRoot = linux && process.getuid?.() === 0;

async function identityOf(pid: number): Promise<ProcessIdentity> {
  const found = await lookupProcess(pid);
  if (found.status !== 'alive' && found.status !== 'zombie') throw new Error(`process ${pid} is ${found.status}`);
  return found.identity;
}

describe('signalProcess', () => {
  it('sends to the recorded process', async () => {
    const child = startChild('/bin/sleep', ['60']);
    expect(await signalProcess(await identityOf(pidOf(child)), 'SIGTERM')).toBe('sent');
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
  });

  it('finds an ended process gone', async () => {
    const child = startChild('/bin/sleep', ['60']);
    const identity = await identityOf(pidOf(child));
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await signalProcess(identity, 'SIGTERM')).toBe('gone');
  });

  it.skipIf(!linux)('finds a zombie gone, which a parent that does not wait leaves for ever', async () => {
    expect(await signalProcess(await identityOf(await makeZombie()), 'SIGKILL')).toBe('gone');
  });

  it('sends nothing to another process that has the pid now, and names both', async () => {
    const pid = startSleeper();
    const found = await identityOf(pid);
    const expected = { ...found, startTime: '1' };
    const refusal = signalProcess(expected, 'SIGKILL', { group: true });
    await expect(refusal).rejects.toMatchObject({ code: 'STALE_PROCESS', details: { expected, found } });
    expect(await stillAlive(pid)).toBe(true);
  });

  it('sends nothing after a reboot of the host, though pid and start time fit', async () => {
    const pid = startSleeper();
    expect(await signalProcess({ ...(await identityOf(pid)), bootId: 'before' }, 'SIGKILL')).toBe('gone');
    expect(await stillAlive(pid)).toBe(true);
  });

  it('sends nothing when it cannot tell whose the pid is', async () => {
    const pid = startSleeper();
    const identity = { ...(await identityOf(pid)), pidNamespace: '1' };
    await expect(signalProcess(identity, 'SIGKILL')).rejects.toMatchObject({ code: 'IO' });
    expect(await stillAlive(pid)).toBe(true);
  });

  it.each([1, 0, -1])('refuses pid %s, which would reach many', async (pid) => {
    const identity = { ...(await identityOf(process.pid)), pid };
    await expect(signalProcess(identity, 'SIGTERM', { group: true })).rejects.toThrow(TypeError);
  });

  it('reaches the whole group of a leader', async () => {
    const script = '/bin/sleep 60 & echo $!; wait';
    const leader = startChild('/bin/sh', ['-c', script], { detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    const member = Number(await firstLine(leader));
    await signalProcess(await identityOf(pidOf(leader)), 'SIGTERM', { group: true });
    await once(leader, 'exit');
    await until(() => ['', 'Z'].includes(procState(member)));
  });

  it('reaches a process that leads no group', async () => {
    const child = startChild('/bin/sleep', ['60']);
    expect(await signalProcess(await identityOf(pidOf(child)), 'SIGTERM', { group: true })).toBe('sent');
    expect(await once(child, 'exit')).toEqual([null, 'SIGTERM']);
  });

  it.skipIf(!linuxRoot)(
    'reports that it is not allowed to, and never as success (needs root to become another user)',
    async () => {
      const identity = await identityOf(startSleeper());
      const code = `
      import { signalProcess } from '${sourceUrl('process/signal.ts')}';
      ${BECOME_NOBODY}
      await signalProcess(${JSON.stringify(identity)}, 'SIGTERM').catch((e) => console.log(e.code, e.cause.code));`;
      expect(await runNode(code)).toBe('IO EPERM');
      expect(await stillAlive(identity.pid)).toBe(true);
    },
  );
});
