import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  BECOME_NOBODY,
  makeZombie,
  pidOf,
  procState,
  runNode,
  sourceUrl,
  startChild,
  startSleeper,
  until,
} from './fixtures/processes.ts';
import { checkIdentity, fateOf, isProcessIdentity, lookupProcess, sameProcess, selfIdentity } from './identity.ts';

const linux = process.platform === 'linux';
const linuxRoot = linux && process.getuid?.() === 0;

async function identityOf(pid: number) {
  const found = await lookupProcess(pid);
  if (found.status !== 'alive') throw new Error(`process ${pid} is ${found.status}`);
  return found.identity;
}

describe('lookupProcess', () => {
  it('identifies a living process, and a dead one as gone', async () => {
    const child = startChild('/bin/sleep', ['60']);
    const first = await identityOf(pidOf(child));
    expect(await identityOf(pidOf(child))).toEqual(first);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(await lookupProcess(pidOf(child))).toEqual({ status: 'gone' });
  });

  it.skipIf(!linux)('tells the fields that the system has, by its own words', async () => {
    const self = await selfIdentity();
    expect(self.pid).toBe(process.pid);
    expect(self.bootId).toBe(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
    expect(`pid:[${self.pidNamespace}]`).toBe(
      execFileSync('readlink', ['/proc/self/ns/pid'], { encoding: 'utf8' }).trim(),
    );
    const seconds = Number(self.startTime) / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
    const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    expect(uptime - seconds).toBeCloseTo(process.uptime(), -1);
  });

  it('tells two processes apart', async () => {
    const [a, b] = [await identityOf(startSleeper()), await identityOf(startSleeper())];
    expect(sameProcess(a, b)).toBe(false);
    expect(sameProcess(a, { ...a })).toBe(true);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %s as a pid', async (pid) => {
    await expect(lookupProcess(pid)).rejects.toThrow(TypeError);
  });

  it.skipIf(!linux)('sees a zombie, which signal 0 and an unchanged start time call alive', async () => {
    const pid = await makeZombie();
    expect(process.kill(pid, 0)).toBe(true);
    expect((await lookupProcess(pid)).status).toBe('zombie');
  });

  it.skipIf(!linux)('is not misled by brackets and blanks in the name of a program', async () => {
    const name = ') Z 1 (x';
    const script = `process.title = '${name}'; process.stdout.write('up\\n'); setTimeout(() => {}, 60000)`;
    const child = startChild(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    await until(() => readFileSync(`/proc/${pidOf(child)}/stat`, 'latin1').includes(name));
    expect((await lookupProcess(pidOf(child))).status).toBe('alive');
  });

  it.skipIf(!linuxRoot)(
    'says unknown, not gone, for a process that procfs hides (needs root to mount procfs)',
    async () => {
      const code = `
      import { lookupProcess } from '${sourceUrl('process/identity.ts')}';
      ${BECOME_NOBODY}
      console.log(JSON.stringify(await lookupProcess(${startSleeper()})));`;
      const hide = 'mount -t proc -o hidepid=2 proc /proc && exec "$@"';
      const answer = await runNode(code, {}, ['unshare', '--mount', 'sh', '-c', hide, 'sh']);
      expect(JSON.parse(answer)).toMatchObject({ status: 'unknown', reason: expect.stringContaining('hides') });
    },
  );

  it.skipIf(!linuxRoot)(
    'says unknown when /proc shows the pids of another namespace (needs root to make one)',
    async () => {
      const code = `
      import { lookupProcess } from '${sourceUrl('process/identity.ts')}';
      console.log(JSON.stringify(await lookupProcess(process.pid)));`;
      const answer = await runNode(code, {}, ['unshare', '--pid', '--fork']);
      expect(JSON.parse(answer)).toMatchObject({ status: 'unknown', reason: expect.stringContaining('namespace') });
    },
  );
});

describe('checkIdentity', () => {
  it('calls a process alive while it lives', async () => {
    expect(await checkIdentity(await identityOf(startSleeper()))).toBe('alive');
  });

  it('calls it gone when another process has its pid', async () => {
    const identity = await identityOf(startSleeper());
    const earlier = { ...identity, startTime: String(Number(identity.startTime) - 1) };
    expect(await checkIdentity(earlier)).toBe('gone');
    expect(await fateOf(earlier)).toEqual({ status: 'replaced', found: identity });
  });

  it('calls a process of another boot gone, though pid and start time fit', async () => {
    const identity = await identityOf(startSleeper());
    expect(await checkIdentity({ ...identity, bootId: '00000000-0000-0000-0000-000000000000' })).toBe('gone');
  });

  it.skipIf(!linux)('calls a zombie gone', async () => {
    const found = await lookupProcess(await makeZombie());
    if (found.status !== 'zombie') throw new Error(found.status);
    expect(await checkIdentity(found.identity)).toBe('gone');
  });

  it('does not know about a pid of another namespace, also when no process here has it', async () => {
    const child = startChild('/bin/sleep', ['60']);
    const elsewhere = { ...(await identityOf(pidOf(child))), pidNamespace: '1' };
    expect(await checkIdentity(elsewhere)).toEqual({ unknown: expect.stringContaining('namespace') });
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(procState(pidOf(child))).toBe('');
    expect(await checkIdentity(elsewhere)).toEqual({ unknown: expect.stringContaining('namespace') });
  });
});

describe('isProcessIdentity', () => {
  const good = { pid: 2, startTime: '1', bootId: 'b', pidNamespace: '' };
  it('takes an identity and nothing less', () => {
    expect(isProcessIdentity(good)).toBe(true);
    const bad = [
      null,
      'x',
      {},
      { ...good, pid: 0 },
      { ...good, pid: -1 },
      { ...good, pid: '2' },
      { ...good, startTime: 1 },
    ];
    for (const value of bad) expect(isProcessIdentity(value), JSON.stringify(value)).toBe(false);
  });
});
