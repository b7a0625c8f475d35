import { randomUUID } from 'node:crypto';
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MARK, markedProcesses } from '../world.ts';
import { runHere } from './run-here.ts';

it('leaves no VM of a life that is interrupted', async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'vh-')));
  try {
    const mark = randomUUID();
    const interrupt = new AbortController();
    let running: readonly string[] = [];
    await runHere({
      // Boots a VM and waits to be killed.
      command: [
        ...[process.execPath, '--conditions=@vmrs/source'],
        ...[join(import.meta.dirname, '..', 'fixtures', 'life.mjs'), 'qemu', 'follower'],
      ],
      env: { ...process.env, LIFE_ACCEL: 'tcg', LIFE_ROOT: root, [MARK]: mark } as Record<string, string>,
      root,
      timeoutMs: 120_000,
      onConsole: () => {
        void markedProcesses(mark).then((found) => {
          running = found;
          interrupt.abort();
        });
      },
      signal: interrupt.signal,
    });
    expect(running.some((line) => line.includes('qemu'))).toBe(true);
    expect(await markedProcesses(mark)).toEqual([]);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
