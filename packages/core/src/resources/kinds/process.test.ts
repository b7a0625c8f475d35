import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  firstLine,
  makeZombie,
  pidOf,
  procState,
  recordingLogger,
  scratchDir,
  startChild,
  stillAlive,
} from '../../process/fixtures/processes.ts';
import { lookupProcess } from '../../process/identity.ts';
import { openLedger } from '../ledger.ts';
import { releaseAll } from '../release.ts';
import { releaseProcess } from './process.ts';

const linux = process.platform === 'linux';
const STUBBORN = 'trap "" TERM; echo up; while :; do /bin/sleep 0.2; done';

async function identityOf(pid: number) {
  const found = await lookupProcess(pid);
  if (found.status !== 'alive' && found.status !== 'zombie') throw new Error(found.status);
  return found.identity;
}

async function startStubborn(env: NodeJS.ProcessEnv = process.env) {
  const child = startChild('/bin/sh', ['-c', STUBBORN], { detached: true, env, stdio: ['ignore', 'pipe', 'ignore'] });
  await firstLine(child);
  return child;
}

describe('releaseProcess', () => {
  it('ends by SIGTERM what heeds it', async () => {
    const child = startChild('/bin/sleep', ['60'], { detached: true });
    const exit = once(child, 'exit');
    await releaseProcess({ token: randomUUID(), identity: await identityOf(pidOf(child)), keeper: null });
    expect(await exit).toEqual([null, 'SIGTERM']);
  });

  it('ends by SIGKILL what does not, and returns when it is gone', async () => {
    const child = await startStubborn();
    await releaseProcess({ token: randomUUID(), identity: await identityOf(pidOf(child)), keeper: null });
    expect(['', 'Z']).toContain(procState(pidOf(child)));
  });

  it('ends the helpers that outlived a process which crashed', async () => {
    const token = randomUUID();
    const script = '/bin/sleep 60 & echo $!; wait';
    const leader = startChild('/bin/sh', ['-c', script], {
      detached: true,
      env: { ...process.env, VMRS_TOKEN: token },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const helper = Number(await firstLine(leader));
    const identity = await identityOf(pidOf(leader));
    const exit = once(leader, 'exit');
    leader.kill('SIGKILL');
    await exit;
    expect(await stillAlive(helper)).toBe(true);
    await releaseProcess({ token, identity, keeper: null });
    expect(['', 'Z']).toContain(procState(helper));
  });

  it('leaves another process alone that has the pid now', async () => {
    const pid = pidOf(startChild('/bin/sleep', ['60']));
    await releaseProcess({
      token: randomUUID(),
      identity: { ...(await identityOf(pid)), startTime: '1' },
      keeper: null,
    });
    expect(await stillAlive(pid)).toBe(true);
  });

  it('leaves a process of this boot alone when the entry is of an earlier one', async () => {
    const pid = pidOf(startChild('/bin/sleep', ['60']));
    await releaseProcess({
      token: randomUUID(),
      identity: { ...(await identityOf(pid)), bootId: 'before' },
      keeper: null,
    });
    expect(await stillAlive(pid)).toBe(true);
  });

  it.skipIf(!linux)('does not wait for a zombie, which no signal removes', async () => {
    const since = performance.now();
    await releaseProcess({ token: randomUUID(), identity: await identityOf(await makeZombie()), keeper: null });
    expect(performance.now() - since).toBeLessThan(500);
  });

  it('does not call gone what it cannot see', async () => {
    const pid = pidOf(startChild('/bin/sleep', ['60']));
    const elsewhere = { ...(await identityOf(pid)), pidNamespace: '1' };
    await expect(releaseProcess({ token: randomUUID(), identity: elsewhere, keeper: null })).rejects.toMatchObject({
      code: 'IO',
    });
  });

  it('finds by the token what was started but never identified, helpers included', async () => {
    const token = randomUUID();
    const env = { ...process.env, VMRS_TOKEN: token };
    const script = '/bin/sleep 60 & echo $!; wait';
    const vmm = startChild('/bin/sh', ['-c', script], { env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
    const helper = Number(await firstLine(vmm));
    const other = pidOf(startChild('/bin/sleep', ['60'], { env: { ...process.env, VMRS_TOKEN: randomUUID() } }));
    await releaseProcess({ token, identity: null, keeper: null });
    expect(['', 'Z']).toContain(procState(pidOf(vmm)));
    expect(['', 'Z']).toContain(procState(helper));
    expect(await stillAlive(other)).toBe(true);
    await releaseProcess({ token, identity: null, keeper: null });
  });
});

describe('releaseAll of processes', () => {
  it('ends the VMM first and its helpers at the same time, so that their grace does not add up', {
    timeout: 20_000,
  }, async () => {
    const ledger = await openLedger(join(scratchDir(), 'ledger.jsonl'));
    const helpers = await Promise.all([startStubborn(), startStubborn(), startStubborn()]);
    for (const [n, helper] of helpers.entries()) {
      const identity = await identityOf(pidOf(helper));
      await ledger.acquire({ kind: 'process', role: `virtiofsd-${n}`, token: randomUUID(), identity, keeper: null });
    }
    const vmm = startChild('/bin/sleep', ['60'], { detached: true });
    const helpersAlive = once(vmm, 'exit').then(() => helpers.every(({ pid = 0 }) => procState(pid) !== ''));
    const identity = await identityOf(pidOf(vmm));
    await ledger.acquire({ kind: 'process', role: 'vmm', token: randomUUID(), identity, keeper: null });
    const since = performance.now();
    expect(await releaseAll(ledger, { guard: { roots: [] }, logger: recordingLogger() })).toEqual([]);
    const elapsed = performance.now() - since;
    expect(await helpersAlive).toBe(true);
    for (const helper of helpers) expect(['', 'Z']).toContain(procState(pidOf(helper)));
    // One grace period of a second, not three.
    expect(elapsed).toBeGreaterThan(900);
    expect(elapsed).toBeLessThan(2_500);
    await ledger.close();
  });
});
