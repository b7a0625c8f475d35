import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readyGuest, writeGuestScript } from '@vmrs/testkit/stand-in';
import { expect, it } from 'vitest';
import type { Scene } from '../fixtures/reuse-pids.ts';
import { Lab } from '../lab.ts';
import { processes } from '../world.ts';

const run = promisify(execFile);
const PROGRAM = join(import.meta.dirname, '..', 'fixtures', 'reuse-pids.ts');
/** A shell as pid 1, because that has to bury orphans, which Node.js does not. */
const NAMESPACE = ['unshare', '--pid', '--fork', '--mount-proc', 'sh', '-c', '"$@"; exit $?', 'sh'] as const;
/** What each call comes to when the VMM is dead, whoever has its pid. */
const EXPECTED: Readonly<Record<string, string>> = { boot: 'booted', remove: 'removed', list: 'failed' };

it('a process that got the pid of a dead VMM is never signalled, and the VM is found ended', async (context) => {
  const [file, ...args] = NAMESPACE;
  const probe = ['sh', '-c', 'echo 300 >/proc/sys/kernel/ns_last_pid'];
  await run(file, [...args, ...probe]).catch(() =>
    context.skip('needs root, unshare, and a kernel with checkpoint/restore, to choose the pid of a process'),
  );
  await using lab = await Lab.create();
  const kernel = join(lab.root, 'kernel');
  await writeGuestScript(kernel, readyGuest());
  const program = [process.execPath, ...process.execArgv, PROGRAM, lab.stateDir, lab.runtimeDir, kernel];
  const { stdout } = await run(file, [...args, ...program]);
  const scenes: readonly Scene[] = JSON.parse(stdout);
  expect(scenes.filter(({ reused }) => !reused)).toEqual([]);
  expect(scenes.filter(({ innocentLives }) => !innocentLives)).toEqual([]);
  for (const { name, outcome } of scenes) {
    const expected = EXPECTED[name.split(' ')[0] ?? ''] ?? expect.stringMatching(/^(failed|stopped)$/);
    expect({ name, outcome }).toEqual({ name, outcome: expected });
  }
  expect(await processes()).toEqual([]);
});
