import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readlinkSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import {
  firstLine,
  makeZombie,
  pidOf,
  scratchDir,
  sourceUrl,
  startChild,
  startNode,
} from '../process/fixtures/processes.ts';
import { lookupProcess, selfIdentity } from '../process/identity.ts';
import { type FileSystem, systemFileSystem } from '../util/file-system.ts';
import { acquireLock } from './lock.ts';

const linux = process.platform === 'linux';
const VM = { vm: 'web' };

/** A controller that takes the lock, says how that went and keeps what it has. */
function startTaker(file: string): ChildProcess {
  const code = `
    import { acquireLock } from '${sourceUrl('store/lock.ts')}';
    import { systemFileSystem } from '${sourceUrl('util/file-system.ts')}';
    try {
      await acquireLock('${file}', { vm: 'web' }, systemFileSystem);
      console.log('won');
    } catch (error) {
      console.log(error.code + ' ' + error.message);
    }
    setInterval(() => {}, 1000);`;
  return startNode(code);
}

/** Leaves the lock of a controller that was killed while it held it. */
async function leaveStaleLock(file: string): Promise<void> {
  const holder = startTaker(file);
  expect(await firstLine(holder)).toBe('won');
  process.kill(pidOf(holder), 'SIGKILL');
  await once(holder, 'exit');
}

function writeLock(file: string, holder: unknown): void {
  symlinkSync(JSON.stringify({ holder, token: 'token' }), file);
}

describe('acquireLock', () => {
  it('holds a name until it is released, and leaves nothing then', async () => {
    const directory = scratchDir();
    const file = join(directory, '.web.lock');
    for (let round = 0; round < 2; round += 1) {
      const lock = await acquireLock(file, VM, systemFileSystem);
      expect(readdirSync(directory)).toEqual(['.web.lock']);
      expect(JSON.parse(readlinkSync(file))).toMatchObject({ holder: await selfIdentity() });
      await lock.release();
      await lock.release();
      expect(readdirSync(directory)).toEqual([]);
    }
  });

  it('is refused to the process that holds it', async () => {
    const file = join(scratchDir(), '.web.lock');
    const lock = await acquireLock(file, VM, systemFileSystem);
    const details = { state: 'locked', ownerPid: process.pid };
    await expect(acquireLock(file, VM, systemFileSystem)).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      vm: 'web',
      details,
    });
    await lock.release();
  });

  it('is refused while another process holds it, with its pid, and taken over once that is killed', async () => {
    const file = join(scratchDir(), '.web.lock');
    const holder = startTaker(file);
    expect(await firstLine(holder)).toBe('won');
    const ownerPid = pidOf(holder);
    await expect(acquireLock(file, VM, systemFileSystem)).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      details: { ownerPid },
    });
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (await acquireLock(file, VM, systemFileSystem)).release();
  });

  it('is taken over by exactly one of 20 processes that try at the same time', { timeout: 30_000 }, async () => {
    const directory = scratchDir();
    const rounds = Array.from({ length: 40 }, (_, round) => join(directory, `.${round}.lock`));
    const dead = startChild('/bin/sleep', ['60']);
    const found = await lookupProcess(pidOf(dead));
    if (found.status !== 'alive') throw new Error(found.status);
    dead.kill('SIGKILL');
    await once(dead, 'exit');
    for (const file of rounds) writeLock(file, found.identity);

    const code = `
      import { once } from 'node:events';
      import { setTimeout as sleep } from 'node:timers/promises';
      import { acquireLock } from '${sourceUrl('store/lock.ts')}';
      import { systemFileSystem } from '${sourceUrl('util/file-system.ts')}';
      console.log('up');
      const startAt = Number(await once(process.stdin, 'data'));
      const won = [];
      for (const [round, file] of ${JSON.stringify(rounds)}.entries()) {
        await sleep(Math.max(0, startAt + round * 40 - Date.now()));
        await acquireLock(file, { vm: 'web' }, systemFileSystem).then(
          () => won.push(round),
          (error) => { if (error.code !== 'ALREADY_EXISTS') throw error; },
        );
      }
      console.log(JSON.stringify(won));
      await once(process.stdin, 'end');`;
    const takers = Array.from({ length: 20 }, () => startNode(code, { stdio: ['pipe', 'pipe', 'inherit'] }));
    const lines = takers.map((taker) => createInterface({ input: taker.stdout ?? process.stdin }));
    await Promise.all(lines.map((line) => once(line, 'line')));
    // Nobody leaves before the last has tried the last: a winner that is gone could be taken over from.
    const results = lines.map((line) => once(line, 'line'));
    const startAt = Date.now() + 100;
    for (const taker of takers) taker.stdin?.write(String(startAt));
    const winners = (await Promise.all(results)).flatMap(([line]): number[] => JSON.parse(line));
    expect(winners.sort((a, b) => a - b)).toEqual([...rounds.keys()]);
    expect(readdirSync(directory)).toHaveLength(rounds.length);
    for (const taker of takers) taker.stdin?.end();
  });

  it('is taken over by exactly one of many within this process', async () => {
    const file = join(scratchDir(), '.web.lock');
    await leaveStaleLock(file);
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => acquireLock(file, VM, systemFileSystem)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is taken over also when a process died in the middle of taking it over', async () => {
    const directory = scratchDir();
    const file = join(directory, '.web.lock');
    await leaveStaleLock(file);
    await leaveStaleLock(`${file}.takeover`);
    await leaveStaleLock(`${file}.takeover.takeover`);
    await (await acquireLock(file, VM, systemFileSystem)).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it.skipIf(!linux)('is taken over from a zombie', async () => {
    const found = await lookupProcess(await makeZombie());
    if (found.status !== 'zombie') throw new Error(found.status);
    const file = join(scratchDir(), '.web.lock');
    writeLock(file, found.identity);
    await (await acquireLock(file, VM, systemFileSystem)).release();
  });

  it('is taken over from a holder of an earlier boot, and from one whose pid is another process now', async () => {
    const self = await selfIdentity();
    for (const holder of [
      { ...self, bootId: 'before' },
      { ...self, startTime: '1' },
    ]) {
      const file = join(scratchDir(), '.web.lock');
      writeLock(file, holder);
      await (await acquireLock(file, VM, systemFileSystem)).release();
    }
  });

  it.skipIf(!linux)('is refused when it cannot be told whether the holder lives', async () => {
    const file = join(scratchDir(), '.web.lock');
    writeLock(file, { ...(await selfIdentity()), pid: 999_999, pidNamespace: '1' });
    await expect(acquireLock(file, VM, systemFileSystem)).rejects.toThrow(/cannot be told.*namespace.*remove/);
  });

  it.each([
    ['a file', (path: string) => writeFileSync(path, '{}')],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a link to something', (path: string) => symlinkSync('/etc/passwd', path)],
    ['a link of another form', (path: string) => symlinkSync('{"holder":{"pid":1}}', path)],
  ])('is refused, and stays as it is, when there is %s in its place', async (_, place) => {
    const directory = scratchDir();
    const file = join(directory, '.web.lock');
    place(file);
    await expect(acquireLock(file, VM, systemFileSystem)).rejects.toMatchObject({
      code: 'ALREADY_EXISTS',
      details: { state: 'locked' },
    });
    expect(readdirSync(directory)).toEqual(['.web.lock']);
  });

  it('is given back by a release that fails once, and after one that fails can be given back again', async () => {
    const directory = scratchDir();
    let failures = 0;
    const fileSystem: FileSystem = {
      ...systemFileSystem,
      unlink: async (path) => {
        if (failures === 0) return systemFileSystem.unlink(path);
        failures -= 1;
        throw Object.assign(new Error('EIO'), { code: 'EIO' });
      },
    };
    const file = join(directory, '.web.lock');
    const lock = await acquireLock(file, VM, fileSystem);
    failures = 2;
    await expect(lock.release()).rejects.toMatchObject({ code: 'IO', cause: { code: 'EIO' } });
    expect(readdirSync(directory)).toEqual(['.web.lock']);
    failures = 1;
    await lock.release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('does not release what another process has taken since it was removed by hand', async () => {
    const file = join(scratchDir(), '.web.lock');
    const lock = await acquireLock(file, VM, systemFileSystem);
    unlinkSync(file);
    const other = startTaker(file);
    expect(await firstLine(other)).toBe('won');
    await lock.release();
    expect(JSON.parse(readlinkSync(file))).toMatchObject({ holder: { pid: pidOf(other) } });
  });

  it('names the path where no lock can be made', async () => {
    const file = '/nonexistent/.web.lock';
    await expect(acquireLock(file, VM, systemFileSystem)).rejects.toMatchObject({
      code: 'IO',
      details: { path: file },
    });
  });
});
