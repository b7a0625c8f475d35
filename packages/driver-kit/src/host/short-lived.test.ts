import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { startShortLived } from './short-lived.ts';

/** Command lines of the processes of a group that still execute anything: one that is being taken apart has no memory, and so no command line, any more. */
async function membersOf(group: number): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    // Behind the name, which may hold anything: state, parent, group.
    const [, , of] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (of === String(group)) found.push(await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
  }
  return found.filter((words) => words !== '');
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
