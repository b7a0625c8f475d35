import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { startShortLived } from './short-lived.ts';

/** Pids of the processes of a group. */
async function membersOf(group: number): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return stats.flatMap((stat) => {
    // Behind the name, which may hold anything: state, parent, group.
    const [state, , of] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state !== 'Z' && of === String(group) ? [stat.slice(0, stat.indexOf(' '))] : [];
  });
}

describe.skipIf(process.platform !== 'linux')('a short-lived program (needs procfs)', () => {
  it('is gone with what watches it when it was ended, every time', async () => {
    for (let round = 0; round < 30; round += 1) {
      const program = startShortLived('/bin/sleep', ['60']);
      const group = program.child.pid ?? 0;
      await program.end();
      expect(await membersOf(group), `round ${round}`).toEqual([]);
    }
  });

  it('is gone with what watches it when it has ended by itself', async () => {
    await using program = startShortLived('/bin/sh', ['-c', 'echo no >&2; exit 3']);
    const group = program.child.pid ?? 0;
    await program.ended;
    expect(program.said()).toBe('no');
    expect(program.child.exitCode).toBe(3);
    expect(await membersOf(group)).toEqual([]);
  });

  it('tells why it could not be started', async () => {
    await using program = startShortLived('/no/such/program', []);
    await program.ended;
    expect(program.said()).toMatch(/no\/such\/program/);
  });
});
