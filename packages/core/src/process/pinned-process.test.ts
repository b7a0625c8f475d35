import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeZombie, pidOf, procState, startChild } from './fixtures/processes.ts';
import { lookupProcess } from './identity.ts';
import { pinProcess } from './pinned-process.ts';

const linux = process.platform === 'linux';
const linuxRoot = linux && process.getuid?.() === 0;

async function identityOf(pid: number) {
  const found = await lookupProcess(pid);
  if (found.status !== 'alive' && found.status !== 'zombie') throw new Error(`process ${pid} is ${found.status}`);
  return found.identity;
}

async function pinned(pid: number) {
  const pin = pinProcess(await identityOf(pid));
  if (pin === null) throw new Error('not pinned');
  return pin;
}

describe.skipIf(!linux)('pinProcess', () => {
  it('follows a process to its end', async () => {
    const child = startChild('/bin/sleep', ['60']);
    const pin = await pinned(pidOf(child));
    expect(pin.life()).toBe('alive');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(pin.life()).toBe('gone');
    pin.close();
  });

  it('calls a zombie gone', async () => {
    const pin = await pinned(await makeZombie());
    expect(pin.life()).toBe('gone');
    pin.close();
  });

  it('does not pin another process that has the pid', async () => {
    const identity = await identityOf(pidOf(startChild('/bin/sleep', ['60'])));
    expect(pinProcess({ ...identity, startTime: '1' })).toBeNull();
  });

  it('holds one descriptor and gives it back', async () => {
    const before = readdirSync('/proc/self/fd').length;
    const pin = await pinned(pidOf(startChild('/bin/sleep', ['60'])));
    expect(readdirSync('/proc/self/fd').length).toBe(before + 1);
    pin.close();
    pin.close();
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });

  it.skipIf(!linuxRoot)(
    'is not taken in by a reused pid (needs root to have the kernel hand it out again)',
    async () => {
      const child = startChild('/bin/sleep', ['60']);
      const pid = pidOf(child);
      const pin = await pinned(pid);
      child.kill('SIGKILL');
      await once(child, 'exit');
      for (let attempt = 0; attempt < 200 && procState(pid) === ''; attempt += 1) {
        writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1));
        const next = startChild('/bin/sleep', ['60']);
        if (next.pid !== pid) next.kill('SIGKILL');
      }
      expect((await lookupProcess(pid)).status).toBe('alive');
      expect(pin.life()).toBe('gone');
      pin.close();
    },
  );
});
